/** What the audit trail is told of files that come and go. */
import { type Attachment, type AuditActor, idSchema } from "@fairlead/protocol";
import type { Clock } from "../clock.ts";
import type { Deed, Findings } from "../domain/deeds.ts";
import type { AuditTrail } from "./audit.ts";

/**
 * One who reads the same file from the same place again within this time (ms) reads on: a player that fetches a recording piece by
 * piece leaves one entry. Counted from the first entry, so that reading on for long leaves one now and then.
 */
const READS_ON_MS = 600_000;
/** Readings that are remembered; the oldest is forgotten first, and then only leaves another entry. */
const MOST_READINGS = 10_000;

/** How the runtimes' recordings are told from other files. */
const RECORDING_TYPE = "application/x-asciicast";

/** Who carries a file, and from where. */
export interface Carrier {
  readonly actor: AuditActor;
  readonly address: string;
}

export interface Upload extends Carrier {
  readonly session_id: string;
  readonly name: string;
  readonly mime_type: string;
}

export interface Download extends Carrier {
  readonly file_id: string;
  readonly session_id?: string | undefined;
}

/** Does `work` with its entry before it; of what names no id, and so is not there, nothing is kept. */
export interface FileDeeds {
  upload(upload: Upload, work: () => Promise<Attachment>): Promise<Attachment>;
  download<T>(download: Download, work: () => Promise<T>, found: (result: T) => Findings): Promise<T>;
}

/** What is kept of a file: never a byte of it. */
export function detailOf({ name, size, mime_type }: Omit<Attachment, "file_id">) {
  return { name, size, recording: mime_type === RECORDING_TYPE };
}

const isId = (text: string) => idSchema.safeParse(text).success;

export function createFileDeeds({ audit, clock }: { readonly audit: AuditTrail; readonly clock: Clock }): FileDeeds {
  /** Since when; in the order of their beginning. */
  const readings = new Map<string, number>();

  function readsOn(reading: string): boolean {
    const since = readings.get(reading);
    return since !== undefined && clock.now() - since < READS_ON_MS;
  }

  function remember(reading: string): void {
    readings.delete(reading);
    readings.set(reading, clock.now());
    const [oldest] = readings.size > MOST_READINGS ? readings.keys() : [];
    if (oldest !== undefined) readings.delete(oldest);
  }

  return {
    async upload({ actor, address, session_id, name, mime_type }, work) {
      if (!isId(session_id)) return work();
      const deed: Deed = { operation: "files.upload", actor, address, session_id, detail: { name, mime_type } };
      return audit.record(deed, work, (file) => ({ subject: file.file_id, detail: detailOf(file) }));
    },
    async download({ actor, address, session_id, file_id }, work, found) {
      if (!isId(file_id) || (session_id !== undefined && !isId(session_id))) return work();
      const deed: Deed = { operation: "files.download", actor, address, session_id, subject: file_id, detail: {} };
      const reading = JSON.stringify([actor.kind, actor.id, address, session_id, file_id]);
      if (readsOn(reading)) {
        return work().catch((refusal: unknown) => audit.record<never>(deed, () => Promise.reject(refusal)));
      }
      const result = await audit.record(deed, work, found);
      remember(reading);
      return result;
    },
  };
}
