/** One view of a terminal, as the relay keeps it, and what a binary frame must be to concern it. */
import { createHash } from "node:crypto";
import {
  AppError,
  type ClientFrame,
  decodeTerminalFrame,
  type TerminalFrame,
  type TerminalFrameKind,
  type Viewer,
} from "@fairlead/protocol";
import type { UserPrincipal } from "../domain/principal.ts";
import type { RuntimeLink } from "../services/contract.ts";
import type { Pacing } from "./pacing.ts";
import { type GatewaySocket, refusalOf } from "./socket.ts";
import type { Member } from "./terminal-rooms.ts";
import type { Waits } from "./terminal-waits.ts";

/** Numbers on a runtime's socket have 32 bits. */
const NUMBERS = 2 ** 32;

export const TO_RUNTIME: ReadonlySet<TerminalFrameKind> = new Set(["input", "resize", "credit"]);
export const TO_VIEWER: ReadonlySet<TerminalFrameKind> = new Set(["output", "size", "reset", "snapshot", "taken"]);

export interface Client {
  readonly socket: GatewaySocket;
  readonly principal: UserPrincipal;
  readonly pacing: Pacing;
  readonly views: Map<number, View>;
  readonly waits: Waits;
}

export interface Runtime {
  readonly socket: GatewaySocket;
  readonly link: RuntimeLink;
  readonly views: Map<number, View>;
  next: number;
}

/** One attachment: (client, number) ⇄ (runtime, far). */
export interface View extends Member {
  readonly client: Client;
  readonly viewer: Viewer;
  stage: "checking" | "asked" | "watching" | "over";
  wants: Member["wants"];
  runtime: Runtime | undefined;
  far: number;
  /** The run that the log held for open before the runtime was asked. */
  open: string | undefined;
  sent: number;
  drawn: number;
}

export function createView(
  client: Client,
  { number, session_id, viewer_id, hold }: Extract<ClientFrame, { type: "terminal.attach" }>,
): View {
  const { user_id, username: name } = client.principal;
  const view: View = {
    client,
    sessionId: session_id,
    number,
    viewer: { viewer_id, user_id, name, may_hold: false },
    stage: "checking",
    get watching() {
      return view.stage === "watching";
    },
    tell: (frame) => client.socket.send(frame),
    holds: (on) => void view.runtime?.socket.send({ type: "terminal.hold", number: view.far, on }),
    wants: hold ? "free" : "nothing",
    runtime: undefined,
    far: 0,
    open: undefined,
    sent: 0,
    drawn: 0,
  };
  return view;
}

/** Reads the header; a frame that is none, or that this side may not send, is refused. */
export function read(socket: GatewaySocket, bytes: Buffer, allowed: ReadonlySet<TerminalFrameKind>): TerminalFrame | undefined {
  try {
    const frame = decodeTerminalFrame(bytes);
    if (allowed.has(frame.kind)) return frame;
    throw new AppError("INVALID_INPUT", `binary frames from here may be ${[...allowed].join(", ")}, not ${frame.kind}`);
  } catch (thrown) {
    const { code, message } = refusalOf(thrown);
    socket.refuse(code, message);
    return undefined;
  }
}

/** Who may only watch is given another name, so that the runtime never takes it for the one whose keys it counts. */
export function farViewerId({ viewer_id, user_id, may_hold }: Viewer): string {
  return may_hold ? viewer_id : createHash("sha256").update(`${user_id} ${viewer_id}`).digest("hex");
}

/** Never one that was just in use: frames of the old attachment may be on their way. */
export function freeNumber(runtime: Runtime): number {
  do runtime.next = (runtime.next + 1) % NUMBERS;
  while (runtime.views.has(runtime.next));
  return runtime.next;
}
