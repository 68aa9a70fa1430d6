/** Answers what the hub asks about this machine: things that are true only now, kept nowhere and changing nothing. */
import { type HubToRuntimeFrame, MAX_RUNTIME_FRAME_BYTES, type RuntimeFrame } from "@fairlead/protocol";
import type { RunningEndpoint } from "../adapters/contract.ts";

type RequestFrame = Extract<HubToRuntimeFrame, { type: "request" }>;
export type TerminalRequest = Exclude<RequestFrame["request"], { kind: "native_sessions.list" }>;
type ResponseFrame = Extract<RuntimeFrame, { type: "response" }>;
export type Answer = Omit<ResponseFrame, "type" | "id">;

/** Requests being answered at once; one more is refused, for each may start a process. */
const MOST_OPEN = 4;
/** Of terminals: they start nothing, and some wait for seconds. */
const MOST_OF_TERMINALS = 16;

export interface RequestDeskOptions {
  readonly endpoints: ReadonlyMap<string, { readonly running: RunningEndpoint }>;
  readonly terminals: { answer(request: TerminalRequest): Promise<Answer> };
  readonly send: (frame: RuntimeFrame) => boolean;
}

export interface RequestDesk {
  take(frame: RequestFrame): void;
}

export function createRequestDesk({ endpoints, terminals, send }: RequestDeskOptions): RequestDesk {
  /** Being answered: about agents, and about terminals. */
  const open = { agents: 0, terminals: 0 };

  async function answer({ request }: RequestFrame): Promise<Answer> {
    if (request.kind !== "native_sessions.list") return terminals.answer(request);
    const endpoint = endpoints.get(request.endpoint_id);
    if (endpoint === undefined) return { error: `This runtime has no endpoint "${request.endpoint_id}".` };
    if (endpoint.running.listNative === undefined) return { error: "This agent does not tell its earlier sessions." };
    return { native_sessions: [...(await endpoint.running.listNative())] };
  }

  return {
    take(frame) {
      const { id } = frame;
      const about = frame.request.kind === "native_sessions.list" ? "agents" : "terminals";
      if (open[about] >= (about === "agents" ? MOST_OPEN : MOST_OF_TERMINALS)) {
        send({ type: "response", id, error: "This runtime is busy with other requests; ask again." });
        return;
      }
      open[about] += 1;
      void answer(frame)
        .catch((error: unknown): Answer => ({ error: error instanceof Error ? error.message : String(error) }))
        .then((answered) => {
          open[about] -= 1;
          send(fit({ type: "response", id, ...answered }));
        });
    },
  };
}

/** A frame that is too large would cost the whole connection, and with it everybody's agents: only its asker is told so. */
function fit(frame: ResponseFrame): ResponseFrame {
  if (Buffer.byteLength(JSON.stringify(frame)) <= MAX_RUNTIME_FRAME_BYTES) return frame;
  return { type: "response", id: frame.id, error: "The answer is too large to be sent; ask for less." };
}
