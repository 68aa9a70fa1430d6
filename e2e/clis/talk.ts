/** One session as a test talks in it: says something, waits for what the log then tells. */
import {
  type AgentBlock,
  type ApprovalBlock,
  type Block,
  type Client,
  eventsOf,
  type GivenAnswer,
  type LiveSession,
  type MessageExtras,
  type ToolBlock,
  type TurnBlock,
} from "@fairlead/client";
import type { ApprovalOption, SessionEvent } from "@fairlead/protocol";
import { until } from "../harness/until.ts";

export interface Talk {
  readonly id: string;
  readonly client: Client;
  readonly session: LiveSession;
  blocks(): readonly Block[];
  log(): readonly SessionEvent[];
  /** Everything the agent answered in a turn, joined; without thoughts and raw output. */
  answerOf(turn: number): string;
  /** The tool calls of a turn, in the order in which they began. */
  toolsOf(turn: number): ToolBlock[];
  /** Sends it; the number of its turn, from 0, tells it apart later. */
  send(content: string, extras?: MessageExtras): number;
  /** Sends it and waits until its turn has ended. */
  say(content: string): Promise<TurnBlock>;
  /** Resolves when that turn has ended. */
  ended(turn: number): Promise<TurnBlock>;
  /** Resolves when the agent has said that in that turn. */
  heard(turn: number, text: string): Promise<void>;
  /** Resolves with the oldest question that is open. */
  asked(): Promise<ApprovalBlock>;
  /** Answers the open question with the first option of that kind; what else is asked meanwhile stays open. */
  answer(kind: ApprovalOption["kind"], reason?: string): Promise<ApprovalBlock>;
  /** Says yes to whatever is asked until that turn has ended. */
  allowAll(turn: number): Promise<TurnBlock>;
}

export interface TalkOptions {
  readonly client: Client;
  readonly session: LiveSession;
  readonly id: string;
}

/** Longest wait for a fact (ms): agents that try again let a turn hang for half a minute, twice that on a busy machine. */
const PATIENCE = 60_000;

/** Resolves when the session is on the screen. */
export async function createTalk({ client, session, id }: TalkOptions): Promise<Talk> {
  let sent = 0;
  const blocks = () => session.store.get().view.blocks.toArray();
  /** What happened in each turn, in the order in which turns began. */
  const turnIds = () => blocks().flatMap((block) => (block.type === "user" && block.turn_id !== null ? [block.turn_id] : []));
  const ofTurn = (turn: number) => {
    const turnId = turnIds()[turn];
    return turnId === undefined ? [] : blocks().filter((block) => block.turn_id === turnId);
  };
  const answerOf = (turn: number) =>
    ofTurn(turn)
      .filter((block): block is AgentBlock => block.type === "agent" && block.kind === "answer")
      .map((block) => block.text.toString())
      .join("");
  const endOf = (turn: number) => ofTurn(turn).find((block): block is TurnBlock => block.type === "turn");
  const openQuestions = () => blocks().filter((block): block is ApprovalBlock => block.type === "approval" && block.status === "open");
  /** Waits, and on failure tells what the log says instead. */
  const wait = <T>(what: string, ask: () => T | undefined | false) =>
    until(what, ask, PATIENCE).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${eventsOf(session.store.get().view).map(tellEvent).join("\n")}`);
    });
  const answer: Talk["answer"] = async (kind, reason) => {
    const question = await wait("a question is open", () => openQuestions()[0]);
    const option = question.options.find((each) => each.kind === kind);
    if (option === undefined) throw new Error(`no ${kind} among ${JSON.stringify(question.options)}`);
    await session.answer(question.approval_id, answerTo(question, option.id, reason));
    await wait("the question is settled", () => !openQuestions().some((each) => each.approval_id === question.approval_id));
    return question;
  };

  await wait("the session is on the screen", () => session.store.get().phase === "ready");
  const talk: Talk = {
    id,
    client,
    session,
    blocks,
    log: () => eventsOf(session.store.get().view),
    answerOf,
    toolsOf: (turn) => ofTurn(turn).filter((block): block is ToolBlock => block.type === "tool"),
    send(content, extras) {
      session.send(content, extras);
      sent += 1;
      return sent - 1;
    },
    say: (content) => talk.ended(talk.send(content)),
    ended: (turn) => wait(`turn ${turn} ended`, () => endOf(turn)),
    async heard(turn, text) {
      await wait(`turn ${turn} said ${JSON.stringify(text)}`, () => answerOf(turn).includes(text));
    },
    asked: () => wait("a question is open", () => openQuestions()[0]),
    answer,
    async allowAll(turn) {
      for (;;) {
        const end = await wait(`turn ${turn} asked or ended`, () => endOf(turn) ?? (openQuestions().length > 0 ? "asked" : undefined));
        if (end !== "asked") return end;
        await answer("allow_once");
      }
    },
  };
  return talk;
}

/** The answer as a screen gives it: bound to what was shown. */
export function answerTo({ input_hash }: ApprovalBlock, option_id: string, reason?: string): GivenAnswer {
  return { option_id, ...(input_hash === null ? {} : { input_hash }), ...(reason === undefined ? {} : { reason }) };
}

/** An event in one line, as a failed test shows it. */
function tellEvent(event: SessionEvent): string {
  return JSON.stringify(event).slice(0, 300);
}
