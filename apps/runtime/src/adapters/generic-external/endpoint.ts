/** All sessions of one `generic-external` endpoint over its one process, which is started when needed and again when it died. */
import type { ExternalConfig, TurnError } from "@fairlead/protocol";
import type { ProcessExit } from "../../process/spawn.ts";
import type { AdapterHost, AgentSession, OpenSession, RunningEndpoint, TurnInput, TurnResult } from "../contract.ts";
import type { NoticeCode } from "../notices.ts";
import { createPauses, type Pauses } from "../pauses.ts";
import { type Conversation, createConversation } from "./conversation.ts";
import { createLink, type Link, type SessionMessage } from "./link.ts";

/** How much a stop reads past a pause, to see the agent's answer to it. */
const STOP_READ_BYTES = 1024 * 1024;
const CANCELLED: TurnResult = { ok: true, stop_reason: "cancelled" };

type LinkResult = { readonly ok: true; readonly link: Link } | Extract<TurnResult, { ok: false }>;

/** A session of ours. Its conversation with the agent begins anew with each process, and after a stop that was not answered. */
interface Member {
  readonly options: OpenSession;
  readonly pauses: Pauses;
  conversation: Conversation | undefined;
  /** Conversations given up so far; it keeps the wire ids apart, so that late lines of one cannot reach the next. */
  abandoned: number;
}

export function startEndpoint(config: ExternalConfig, host: AdapterHost): RunningEndpoint {
  const work_dir = host.processes.workDir(config);
  /** Wire id → whose it is; the last one spoken to stands at the end. */
  const members = new Map<string, Member>();
  /** Members that asked the shared reader to pause. */
  const waiting = new Set<Member>();
  let opening: Promise<LinkResult> | undefined;
  let latest: Link | undefined;

  function ensureLink(): Promise<LinkResult> {
    if (latest !== undefined && !latest.isUsable()) opening = undefined;
    opening ??= openLink();
    return opening;
  }

  async function openLink(): Promise<LinkResult> {
    const former = latest;
    latest = undefined;
    await former?.ended;
    const started = await host.processes.start(config, { grace: host.stop_grace });
    if (!started.ok) {
      opening = undefined;
      return started;
    }
    const link: Link = createLink(started.process, {
      onMessage: (message) => route(link, message),
      onTrouble: announce,
      async resumed() {
        const asked = [...waiting];
        waiting.clear();
        await Promise.all(asked.map((member) => member.pauses.until(member.options.resumed())));
      },
      onEnd: (exit, fault) => endAll(link, exit, fault),
    });
    latest = link;
    return { ok: true, link };
  }

  function route(link: Link, message: SessionMessage): boolean {
    const member = members.get(message.session_id);
    if (member?.conversation?.link === link) {
      const mayGoOn = member.conversation.take(message);
      if (!mayGoOn) waiting.add(member);
      return mayGoOn;
    }
    const { session_id } = message;
    if (message.type === "permission.request") {
      link.send({ type: "permission.response", session_id, request_id: message.request_id, approved: false, reason: "unknown session" });
    }
    announce("unknown_message", `The agent sent "${message.type}" for a session that is not open: ${session_id.slice(0, 128)}`);
    return true;
  }

  /** Tells the sessions whose turn runs, else the last one spoken to. */
  function announce(code: NoticeCode, text: string): void {
    const all = [...members.values()].map((member) => member.conversation).filter((one) => one !== undefined);
    const running = all.filter((one) => one.hasTurn());
    for (const one of running.length > 0 ? running : all.slice(-1)) one.notice(code === "diagnostic" ? "info" : "warning", code, text);
  }

  function endAll(link: Link, exit: ProcessExit, fault: string | undefined): void {
    const error: TurnError = fault === undefined ? exitError(exit) : { kind: "protocol", message: fault };
    for (const [wireId, { conversation }] of members) {
      if (conversation?.link !== link) continue;
      members.delete(wireId);
      conversation.withdraw("The agent's process ended.", false);
      conversation.endTurn({ ok: false, error });
    }
  }

  function converse(member: Member, link: Link): Conversation {
    const { options, conversation: former, abandoned } = member;
    if (former?.link === link) {
      members.delete(former.wire_id);
      members.set(former.wire_id, member);
      return former;
    }
    const wire_id = abandoned === 0 ? options.session_id : `${options.session_id}.${abandoned + 1}`;
    const conversation = createConversation({ wire_id, link, work_dir, session: options });
    member.conversation = conversation;
    members.set(wire_id, member);
    link.send({ type: "session.start", session_id: wire_id });
    if (former !== undefined) {
      conversation.notice("info", "restarted", "The agent's process had ended and was started anew; what it knew is lost.");
    }
    return conversation;
  }

  /** The process is shared, so it is not killed for one session: what it still says for the turn that would not stop is ignored. */
  function abandon(member: Member, conversation: Conversation): void {
    conversation.notice("warning", "restarted", "The agent did not answer the stop. The next message begins a new conversation with it.");
    conversation.link.send({ type: "session.close", session_id: conversation.wire_id });
    members.delete(conversation.wire_id);
    member.conversation = undefined;
    member.abandoned += 1;
    conversation.endTurn(CANCELLED);
  }

  async function runTurn(member: Member, input: TurnInput, signal: AbortSignal): Promise<TurnResult> {
    if (signal.aborted) return CANCELLED;
    let onAbort: () => void = () => undefined;
    const aborted = new Promise<undefined>((resolve) => {
      onAbort = () => resolve(undefined);
    });
    signal.addEventListener("abort", () => onAbort(), { once: true });
    const opened = await Promise.race([ensureLink(), aborted]);
    if (opened === undefined) return CANCELLED;
    if (!opened.ok) return opened;
    const { link } = opened;
    const conversation = converse(member, link);
    let timer: NodeJS.Timeout | undefined;
    onAbort = () => {
      conversation.withdraw("The turn was stopped.", true);
      link.readThrough(STOP_READ_BYTES);
      link.send({ type: "stop", session_id: conversation.wire_id });
      timer = setTimeout(() => abandon(member, conversation), host.stop_grace);
    };
    const result = await conversation.runTurn(input.text);
    onAbort = () => undefined;
    clearTimeout(timer);
    return signal.aborted ? CANCELLED : result;
  }

  function openSession(options: OpenSession): AgentSession {
    const member: Member = { options, pauses: createPauses(), conversation: undefined, abandoned: 0 };
    const closing = new AbortController();
    let running: Promise<unknown> = Promise.resolve();
    return {
      async runTurn(input, signal) {
        const turn = runTurn(member, input, AbortSignal.any([signal, closing.signal]));
        running = turn;
        return await turn;
      },
      async answer(approvalId, answer) {
        return member.conversation?.answer(approvalId, answer) ?? false;
      },
      async close() {
        closing.abort();
        await running;
        const { conversation } = member;
        if (conversation !== undefined && members.delete(conversation.wire_id)) {
          conversation.withdraw("The session was closed.", true);
          conversation.link.send({ type: "session.close", session_id: conversation.wire_id });
        }
        waiting.delete(member);
        member.pauses.endAll();
      },
    };
  }

  return {
    open: async (options) => openSession(options),
    async stop() {
      const opened = await opening;
      if (opened?.ok) await opened.link.close(host.stop_grace);
    },
  };
}

function exitError(exit: ProcessExit): TurnError {
  const how = exit.signal === undefined ? `exit code ${exit.code ?? "unknown"}` : exit.signal;
  return { kind: "exit", message: `The agent's process ended (${how}).`, exit_code: exit.code, signal: exit.signal };
}
