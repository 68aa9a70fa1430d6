/** What is typed and pasted reaches the program it was meant for, whole and in order, and no other. */
import { type Client, createClient, type DialHandlers, type Terminal } from "@fairlead/client";
import { type ClientFrame, decodeTerminalFrame, encodeTerminalFrame, type HubToClientFrame } from "@fairlead/protocol";
import { afterEach, expect, it, vi } from "vitest";
import { createScreenTyping, MAX_HELD_BYTES, type ScreenTyping } from "./typing.ts";

const VIEWER = "v";
const USER = { id: "u", username: "anna", role: "user", created_at: "2026-01-01T00:00:00.000Z" } as const;
const HELLO = {
  type: "hello.ack",
  protocol: 1,
  version: "1",
  user: USER,
  heartbeat_ms: 1e6,
  silence_limit_ms: 1e6,
  max_frame_bytes: 262_144,
} as const;

const ignore = () => undefined;
const clients = new Set<Client>();
afterEach(() => {
  for (const client of clients) client.close();
  clients.clear();
});

interface Desk {
  readonly view: Terminal;
  readonly typing: ScreenTyping;
  /** What the screen was told of. */
  readonly told: string[];
  /** What the running program was given. */
  given(): string;
  /** What was sent and is ignored by the hub from now on. */
  sentLately(): readonly unknown[];
  /** The program takes all that was sent, and what that makes room for. */
  takeAll(): void;
  /** Another viewer holds the keys, or this one. */
  holder(viewerId: string): void;
  exit(): void;
  run(terminalId: string): void;
}

/** A screen on a real client, whose connection ends in this process: the hub and one program, as far as typing goes. */
function createDesk(): Desk {
  const told: string[] = [];
  let line: DialHandlers | undefined;
  let number = 0;
  let taken = 0;
  let program: string | undefined = "t-1";
  let arrived: { readonly position: number; readonly payload: Uint8Array }[] = [];
  let given = "";
  const say = (frame: HubToClientFrame) => line?.heard(JSON.stringify(frame));
  const tellHolder = (holder: string) => {
    const viewers = [VIEWER, "other"].map((viewer_id) => ({ viewer_id, user_id: "u", name: "anna", may_hold: true }));
    say({ type: "terminal.viewers", number, holder, viewers });
  };
  const attach = () => {
    if (program === undefined) return say({ type: "terminal.detached", number, reason: "ended" });
    say({ type: "terminal.attached", number, terminal_id: program, cols: 80, rows: 24, offset: 0, taken });
    tellHolder(VIEWER);
  };
  const hear = (frame: ClientFrame) => {
    if (frame.type === "client.hello") say({ ...HELLO, now: Date.now() });
    if (frame.type === "terminal.hold") tellHolder(VIEWER);
    if (frame.type !== "terminal.attach") return;
    ({ number } = frame);
    attach();
  };
  const client = createClient({
    url: "http://hub.test",
    socket: {
      dial(_url, _token, handlers) {
        line = handlers;
        queueMicrotask(() => handlers.opened());
        return {
          send(data) {
            if (typeof data === "string") return hear(JSON.parse(data) as ClientFrame);
            const frame = decodeTerminalFrame(data);
            if (frame.kind === "input") arrived.push(frame);
          },
          drop: ignore,
        };
      },
    },
  });
  clients.add(client);
  const view = client.terminal({ session_id: "s", viewer_id: VIEWER }, { output: ignore, reset: ignore, size: ignore });
  const typing = createScreenTyping(() => view, {
    refused: (why) => told.push(why),
    dropped: (bytes) => told.push(`dropped ${bytes}`),
  });
  view.status.subscribe(typing.drain);
  client.connect();
  return {
    view,
    typing,
    told,
    given: () => given,
    sentLately: () => arrived.splice(0),
    takeAll() {
      while (arrived.length > 0) {
        const pieces = arrived;
        arrived = [];
        for (const { position, payload } of pieces) {
          given += new TextDecoder().decode(payload.subarray(Math.max(0, taken - position)));
          taken = Math.max(taken, position + payload.length);
        }
        line?.heardBytes(encodeTerminalFrame("taken", number, taken));
      }
    },
    holder: tellHolder,
    exit() {
      program = undefined;
      arrived = [];
      taken = 0;
      given = "";
      say({ type: "terminal.detached", number, reason: "ended" });
    },
    run(terminalId) {
      program = terminalId;
      say({ type: "terminal.available", session_id: "s" });
    },
  };
}

async function attached(): Promise<Desk> {
  const desk = createDesk();
  await expect.poll(() => desk.view.status.get().holds).toBe(true);
  return desk;
}

const PASTE = "drop table bookings;\n".repeat(10_000);

it("passes a paste on in pieces, whole and in order", async () => {
  const desk = await attached();
  desk.typing.text(PASTE);
  expect(desk.typing.held()).toBeGreaterThan(0);
  desk.takeAll();
  expect(desk.typing.held()).toBe(0);
  expect(desk.given() === PASTE).toBe(true);
  expect(desk.told).toEqual([]);
});

it("gives the rest of a paste to no other program, and says so", async () => {
  const desk = await attached();
  desk.typing.text(PASTE);
  const rest = desk.typing.held();
  desk.exit();
  expect(desk.typing.held()).toBe(0);
  expect(desk.told).toEqual([`dropped ${rest}`]);
  desk.run("t-2");
  expect(desk.view.status.get()).toMatchObject({ state: "live", terminal_id: "t-2", waiting: 0 });
  desk.typing.text("ls\n");
  desk.takeAll();
  expect(desk.given()).toBe("ls\n");
});

it("gives it to no other program either that began while nobody heard of it", async () => {
  const desk = await attached();
  desk.typing.text(PASTE);
  const rest = desk.typing.held();
  desk.run("t-2");
  desk.view.retry();
  expect(desk.view.status.get()).toMatchObject({ state: "live", terminal_id: "t-2" });
  expect(desk.typing.held()).toBe(0);
  expect(desk.told).toEqual([`dropped ${rest}`]);
});

it("types a paste that was overtaken by another device only on a word, whole, or drops it whole", async () => {
  for (const act of ["type", "drop"] as const) {
    const desk = await attached();
    desk.typing.text(PASTE);
    desk.sentLately();
    desk.holder("other");
    const clock = vi.spyOn(Date, "now").mockReturnValue(Date.now() + 60_000);
    desk.view.hold(true);
    clock.mockRestore();
    expect(desk.view.status.get()).toMatchObject({ holds: true, aside: { bytes: expect.any(Number) } });
    const { length } = desk.sentLately();
    desk.typing.settle(act);
    desk.takeAll();
    expect(desk.view.status.get().aside).toBeNull();
    expect(desk.typing.held()).toBe(0);
    expect([act, length, desk.given().length]).toEqual([act, 0, act === "type" ? PASTE.length : 0]);
  }
});

it("types at once what is typed while an overtaken paste waits for a word, and drops only the paste", async () => {
  const desk = await attached();
  desk.typing.text(PASTE);
  desk.sentLately();
  desk.holder("other");
  const clock = vi.spyOn(Date, "now").mockReturnValue(Date.now() + 60_000);
  desk.view.hold(true);
  clock.mockRestore();
  desk.sentLately();
  desk.typing.text("\x03");
  desk.typing.settle("drop");
  expect(desk.typing.held()).toBe(0);
  desk.takeAll();
  expect(desk.given()).toBe("\x03");
});

it("holds Ctrl for the next key, and for nothing that the terminal says by itself", async () => {
  const desk = await attached();
  const answers = [
    "\x1b[12;40R",
    "\x1b[?1;2c",
    "\x1b[?2004;1$y",
    "\x1b[I",
    "\x1b[<0;3;4M",
    "\x1b]11;rgb:00/00/00\x1b\\",
    "\x1bP1$r0m\x1b\\",
  ];
  desk.typing.modifiers.set({ ctrl: true, alt: false });
  for (const answer of answers) desk.typing.text(answer);
  expect(desk.typing.modifiers.get().ctrl).toBe(true);
  for (const key of ["c", "d"]) desk.typing.text(key);
  desk.takeAll();
  expect(desk.given()).toBe(`${answers.join("")}\x03d`);
  for (const key of ["\x1b", "\x1b[A", "\x1bOP", "\x1b[15~", "\x1b[1;5D", "\x1bx", "\x1b]", "word"]) {
    desk.typing.modifiers.set({ ctrl: false, alt: true });
    desk.typing.text(key);
    expect(desk.typing.modifiers.get().alt, JSON.stringify(key)).toBe(false);
  }
});

it("takes nothing for a program that has ended, and no more than may wait", async () => {
  const desk = await attached();
  desk.typing.text("x".repeat(MAX_HELD_BYTES));
  desk.typing.text("y".repeat(128 * 1024));
  expect(desk.told).toEqual(["full"]);
  desk.exit();
  desk.typing.text("ls\n");
  expect(desk.told.at(-1)).toBe("watching");
  expect(desk.typing.held()).toBe(0);
});
