/** Frames between a runtime and its holder: 4 bytes of length, 1 of kind, then JSON or a binary terminal frame. */
import type { Socket } from "node:net";

const KIND = { json: 1, bytes: 2 } as const;
const HEADER_BYTES = 5;
/** Longest frame without its length (bytes): a screen with all the history that may be asked for. */
const LONGEST = 16 * 1024 * 1024;

export interface FrameReader {
  json(value: unknown): void;
  /** A binary terminal frame; its memory is the receiver's own. */
  bytes(frame: Uint8Array): void;
  /** What came is no frame; nothing more is read. */
  broken(reason: string): void;
}

export interface FrameSocket {
  sendJson(value: unknown): void;
  /** `done` is called when the operating system has it. */
  sendBytes(frame: Uint8Array, done?: () => void): void;
}

/** Speaks frames on a socket. */
export function speakFrames(socket: Socket, reader: FrameReader): FrameSocket {
  let pieces: Buffer[] = [];
  let size = 0;
  /** Bytes needed before anything can be read: a length, or a whole frame. */
  let needed = HEADER_BYTES;

  function readOne(all: Buffer): number {
    const length = all.readUInt32BE(0);
    if (length < 1 || length > LONGEST) {
      reader.broken(`a frame of ${length} bytes`);
      return -1;
    }
    needed = 4 + length;
    if (all.length < needed) return 0;
    const body = all.subarray(HEADER_BYTES, needed);
    if (all[4] === KIND.bytes) reader.bytes(Uint8Array.prototype.slice.call(body));
    else readJson(body);
    const read = needed;
    needed = HEADER_BYTES;
    return read;
  }

  function readJson(body: Buffer): void {
    let value: unknown;
    try {
      value = JSON.parse(body.toString("utf8"));
    } catch {
      reader.broken("a frame that is no JSON");
      return;
    }
    reader.json(value);
  }

  socket.on("data", (piece: Buffer) => {
    pieces.push(piece);
    size += piece.length;
    if (size < needed) return;
    let all = Buffer.concat(pieces);
    while (all.length >= needed && !socket.destroyed) {
      const read = readOne(all);
      if (read <= 0) break;
      all = all.subarray(read);
    }
    pieces = all.length === 0 ? [] : [all];
    size = all.length;
  });

  function send(kind: number, body: Uint8Array, done?: () => void): void {
    if (socket.destroyed || !socket.writable) return;
    const header = Buffer.allocUnsafe(HEADER_BYTES);
    header.writeUInt32BE(body.length + 1, 0);
    header[4] = kind;
    socket.cork();
    socket.write(header);
    socket.write(body, () => done?.());
    socket.uncork();
  }

  return {
    sendJson: (value) => send(KIND.json, Buffer.from(JSON.stringify(value))),
    sendBytes: (frame, done) => send(KIND.bytes, frame, done),
  };
}
