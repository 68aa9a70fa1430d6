/** All sessions of this runtime: made when their first turn comes, repaired after a crash, ended with the runtime. */

import type { SessionJournal } from "../hub-link/journal.ts";
import type { JournalStore } from "../hub-link/journal-store.ts";
import type { Outbox } from "../hub-link/outbox.ts";
import type { Logger } from "../log.ts";
import type { AgentSlots } from "./agent-slots.ts";
import type { MadeFiles } from "./made-files.ts";
import { createSessionHost, type HostedEndpoint, type SessionHost } from "./session-host.ts";
import type { Workspace } from "./workspace.ts";

/** An endpoint as the registry needs it; `max_sessions` limits its running agents. */
export interface RegisteredEndpoint extends HostedEndpoint {
  readonly max_sessions: number | undefined;
}

export interface SessionRegistryOptions {
  readonly journals: JournalStore;
  readonly outbox: Outbox;
  readonly endpoints: ReadonlyMap<string, RegisteredEndpoint>;
  readonly slots: AgentSlots;
  readonly workspace: Workspace;
  readonly files: Pick<MadeFiles, "take">;
  readonly stop_grace: number;
  readonly log: Logger;
  readonly acknowledge: (commandId: string, state: "applied" | "failed", error?: string) => void;
}

export interface SessionRegistry {
  /** The session's host, made if there is none; undefined when its endpoint is not (any more) in the config. */
  host(journal: SessionJournal): SessionHost | undefined;
  /** Ends what a crash left open and runs what it left waiting. Called once, before the link is up. */
  recover(): void;
  /** Ends the session here and deletes what is kept of it. */
  drop(sessionId: string): Promise<void>;
  /** Forgets sessions that were quiet for very long; `now` in ms since the epoch. */
  prune(now: number): Promise<void>;
  /** Stops all turns and agents. */
  stop(): Promise<void>;
}

const GIVEN =
  "The runtime ended while it gave this answer to the agent. Whether the agent acted on it, nobody knows; it is not given again.";

export function createSessionRegistry(options: SessionRegistryOptions): SessionRegistry {
  const { journals, outbox, endpoints, slots, log } = options;
  const hosts = new Map<string, SessionHost>();

  function host(journal: SessionJournal): SessionHost | undefined {
    const known = hosts.get(journal.session_id);
    if (known !== undefined) return known;
    const endpoint = endpoints.get(journal.state.endpoint_id ?? "");
    if (endpoint === undefined) return undefined;
    const { workspace, files, stop_grace, acknowledge } = options;
    const made = createSessionHost({ journal, outbox, slots, endpoint, workspace, files, stop_grace, log, acknowledge });
    hosts.set(journal.session_id, made);
    return made;
  }

  function repair(journal: SessionJournal): void {
    repairApprovals(journal);
    const { open_turn, approvals, native_id, endpoint_id } = journal.state;
    if (open_turn === null) return;
    const asked = [...approvals.values()].filter(({ turn_id }) => turn_id === open_turn);
    if (asked.length > 0 && native_id !== null && endpoints.get(endpoint_id ?? "")?.resumes === true) {
      const text = "The runtime was restarted while the agent waited for an answer. The answer will wake the agent, which then goes on.";
      journal.append({ type: "notice", level: "info", code: "resumed", text, turn_id: open_turn });
      return;
    }
    for (const { approval_id } of asked) withdraw(journal, approval_id, open_turn);
    log.warn({ session_id: journal.session_id, turn_id: open_turn }, "a turn was interrupted by the end of the runtime");
    const error = { kind: "interrupted", message: "The runtime ended while the turn ran." } as const;
    journal.append({ type: "turn.failed", turn_id: open_turn, error });
  }

  return {
    host,
    recover() {
      for (const journal of journals.all()) {
        repair(journal);
        outbox.offer(journal);
      }
    },
    async drop(sessionId) {
      const dropped = hosts.get(sessionId);
      hosts.delete(sessionId);
      const abandoned = dropped?.abandon();
      outbox.forget(sessionId);
      journals.remove(sessionId);
      await abandoned;
    },
    async prune(now) {
      await Promise.all(
        journals.prune(now).map(async (sessionId) => {
          const quiet = hosts.get(sessionId);
          hosts.delete(sessionId);
          outbox.forget(sessionId);
          await quiet?.abandon();
        }),
      );
    },
    async stop() {
      await Promise.all([...hosts.values()].map((running) => running.suspend()));
      await slots.closeAll();
    },
  };
}

/** Ends what no agent can be asked about any more. What stays is of the open turn, or of one that must be approved before it begins. */
function repairApprovals(journal: SessionJournal): void {
  for (const { approval_id, turn_id, given } of [...journal.state.approvals.values()]) {
    if (given) {
      for (const command of [...journal.state.pending]) {
        if (command.kind === "approval.answer" && command.approval_id === approval_id) journal.finish({ id: command.id, state: "applied" });
      }
      journal.append({ type: "approval.superseded", approval_id, turn_id, reason: GIVEN });
    } else if (turn_id === undefined) {
      // Asked outside of a turn, by a process that is gone: nobody will wake it for the answer.
      withdraw(journal, approval_id);
    }
  }
}

function withdraw(journal: SessionJournal, approval_id: string, turn_id?: string): void {
  journal.append({ type: "approval.withdrawn", approval_id, reason: "The runtime was restarted.", turn_id });
}
