/** Answers what the hub asks about this machine: things that are true only now, kept nowhere and changing nothing. */
import type { HubToRuntimeFrame, RuntimeFrame } from "@fairlead/protocol";
import type { RunningEndpoint } from "../adapters/contract.ts";

type RequestFrame = Extract<HubToRuntimeFrame, { type: "request" }>;
type Answer = Omit<Extract<RuntimeFrame, { type: "response" }>, "type" | "id">;

/** Requests being answered at once; one more is refused, for each may start a process. */
const MOST_OPEN = 4;

export interface RequestDeskOptions {
  readonly endpoints: ReadonlyMap<string, { readonly running: RunningEndpoint }>;
  readonly send: (frame: RuntimeFrame) => boolean;
}

export interface RequestDesk {
  take(frame: RequestFrame): void;
}

export function createRequestDesk({ endpoints, send }: RequestDeskOptions): RequestDesk {
  let open = 0;

  async function answer({ request }: RequestFrame): Promise<Answer> {
    const endpoint = endpoints.get(request.endpoint_id);
    if (endpoint === undefined) return { error: `This runtime has no endpoint "${request.endpoint_id}".` };
    if (endpoint.running.listNative === undefined) return { error: "This agent does not tell its earlier sessions." };
    return { native_sessions: [...(await endpoint.running.listNative())] };
  }

  return {
    take(frame) {
      const { id } = frame;
      if (open >= MOST_OPEN) {
        send({ type: "response", id, error: "This runtime is busy with other requests; ask again." });
        return;
      }
      open += 1;
      void answer(frame)
        .catch((error: unknown): Answer => ({ error: error instanceof Error ? error.message : String(error) }))
        .then((answered) => {
          open -= 1;
          send({ type: "response", id, ...answered });
        });
    },
  };
}
