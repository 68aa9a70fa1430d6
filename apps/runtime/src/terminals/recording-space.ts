/** How much room on the disk all recordings together may take until the hub has them, whichever process writes them. */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** After so many bytes at the latest it is looked at again what lies there: uploads take away, and other processes write, too. */
const MEASURED_EACH = 16 * 1024 * 1024;
/** Files take whole blocks (bytes). */
const BLOCK = 4 * 1024;

export interface RecordingSpace {
  readonly folder: string;
  /** Room for a file that this process writes. */
  claim(file: string): RecordingClaim;
}

export interface RecordingClaim {
  /** Whether so many more bytes may be written; they count as written then. */
  take(bytes: number): boolean;
  /** Why they may not; for people. */
  full(): string;
  /** Nothing more is written. */
  done(): void;
}

/** `most`: bytes, which may change. */
export function createRecordingSpace(folder: string, most: () => number): RecordingSpace {
  /** What this process writes counts as it is given to the disk, which may take it later (bytes). */
  const own = new Set<string>();
  let ownSize = 0;
  /** All else, when it was measured, and how much was written here since; undefined: never. */
  let others: number | undefined;
  let fresh = 0;

  function fits(more: number): boolean {
    return others !== undefined && others + ownSize + more <= most();
  }

  return {
    folder,
    claim(file) {
      let claimed = 0;
      own.add(file);
      return {
        take(bytes) {
          const more = onDisk(claimed + bytes) - onDisk(claimed);
          if (fresh > MEASURED_EACH || !fits(more)) {
            others = sizeOf(folder, own);
            fresh = 0;
          }
          if (!fits(more)) return false;
          claimed += bytes;
          ownSize += more;
          fresh += bytes;
          return true;
        },
        full: () =>
          `the recordings that the hub does not have yet take as much room as they may (runtime.max_recordings_bytes, ${most()} bytes)`,
        done() {
          if (!own.delete(file)) return;
          ownSize -= onDisk(claimed);
          others = (others ?? 0) + onDisk(claimed);
        },
      };
    },
  };
}

function sizeOf(folder: string, except: ReadonlySet<string>): number {
  try {
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const paths = files.map(({ parentPath, name }) => join(parentPath, name));
    // One that was uploaded meanwhile is gone.
    return paths.reduce((sum, path) => sum + (except.has(path) ? 0 : onDisk(statSync(path, { throwIfNoEntry: false })?.size ?? 0)), 0);
  } catch {
    // There is none before the first recording.
    return 0;
  }
}

function onDisk(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK;
}
