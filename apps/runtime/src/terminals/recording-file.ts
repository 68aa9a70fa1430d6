/** The file of one recording: where it lies, below the folder of all recordings, and what it is when it is done. */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { RecordedTerminal, Recording } from "./recorder.ts";
import { type FinishedRecording, startRecording } from "./recording.ts";
import type { RecordingSpace } from "./recording-space.ts";

export interface KeptRecording extends FinishedRecording {
  readonly session_id: string;
  readonly terminal_id: string;
  /** The file's name in the hub, never given twice: uploading again changes nothing. */
  readonly name: string;
}

export interface RecordingFile {
  readonly name: string;
  readonly recording: Recording;
  /** Settles when the recording was ended and its file is closed; undefined: nothing could be written. */
  readonly finished: Promise<KeptRecording | undefined>;
}

/** Begins `<session>/<terminal>/<name>` below the folder of the space. `onFault` is called at most once, later, when it cannot begin or go on. */
export function beginRecordingFile(space: RecordingSpace, terminal: RecordedTerminal, onFault: (reason: string) => void): RecordingFile {
  const { session_id, terminal_id, command, size } = terminal;
  const name = `${randomUUID()}.cast`;
  const file = join(space.folder, encodeURIComponent(session_id), encodeURIComponent(terminal_id), name);
  const writer = startRecording({ file, size, command, space, onFault });
  let finish: (kept: Promise<KeptRecording | undefined>) => void = () => undefined;
  const finished = new Promise<KeptRecording | undefined>((resolve) => {
    finish = resolve;
  });
  return {
    name,
    finished,
    recording: {
      output: writer.output,
      resize: writer.resized,
      end: () => finish(writer.end().then((done) => (done === undefined ? undefined : { ...done, session_id, terminal_id, name }))),
    },
  };
}
