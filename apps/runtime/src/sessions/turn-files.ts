/** The files of one session's turns: each told in its place, once for its call, and not too many of them. */
import type { AgentEvent } from "@fairlead/protocol";
import type { FileMade } from "../adapters/contract.ts";
import type { MadeFiles } from "./made-files.ts";

/** Files of one turn; what is beyond is not brought over. */
const MOST_OF_TURN = 100;

export interface TurnFiles {
  /** What the log is to be told of it; undefined: nothing. To be called for one file after the other. */
  take(made: FileMade): Promise<AgentEvent | undefined>;
  /** From now on files belong to another turn. */
  begin(): void;
}

export function createTurnFiles(sessionId: string, files: Pick<MadeFiles, "take">): TurnFiles {
  /** Agents tell the contents of a call again with each change of it. */
  let told = new Set<string>();
  let count = 0;

  async function isKnown({ source, tool_call_id }: FileMade): Promise<boolean> {
    if (tool_call_id === undefined || !("base64" in source)) return false;
    const hash = await crypto.subtle.digest("SHA-256", Buffer.from(source.base64));
    const key = `${tool_call_id} ${Buffer.from(hash).toString("hex")}`;
    if (told.has(key)) return true;
    told.add(key);
    return false;
  }

  return {
    async take(made) {
      if (count > MOST_OF_TURN || (await isKnown(made))) return undefined;
      count += 1;
      if (count <= MOST_OF_TURN) return files.take(sessionId, made);
      const text = `The agent shows more than ${MOST_OF_TURN} files in one turn; the others are not brought over.`;
      return { type: "notice", level: "warning", code: "output_cut", text };
    },
    begin() {
      told = new Set();
      count = 0;
    },
  };
}
