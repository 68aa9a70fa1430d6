/** How much room on the disk all recordings together may take until the hub has them, whichever process writes them. */
import { readdirSync, rmdirSync, rmSync, statSync } from "node:fs";
import { dirname, join, sep } from "node:path";

/** After so many bytes at the latest it is looked at again what lies there: uploads take away, and other processes write, too. */
const MEASURED_EACH = 16 * 1024 * 1024;
/** Files take whole blocks (bytes). */
const BLOCK = 4 * 1024;

export interface RecordingSpace {
  readonly folder: string;
  /** Room for a file that this process writes. */
  claim(file: string): RecordingClaim;
  /** Deletes a file that is not needed any more, with the folders that are empty then: they are walked each time this is measured. */
  remove(file: string): void;
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
    remove(file) {
      rmSync(file, { force: true });
      for (const place of [dirname(file), dirname(dirname(file))]) {
        // One is being made there.
        if ([...own].some((other) => other.startsWith(place + sep))) return;
        removeEmpty(place);
      }
    },
  };
}

function sizeOf(folder: string, except: ReadonlySet<string>): number {
  const paths = filesIn(folder);
  // One that was uploaded meanwhile is gone.
  return paths.reduce((sum, path) => sum + (except.has(path) ? 0 : onDisk(statSync(path, { throwIfNoEntry: false })?.size ?? 0)), 0);
}

function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Others lie there still.
  }
}

/** All that lies there; nothing where there is no such folder: it may go at any time, with its last file. */
function filesIn(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.flatMap((entry) => (entry.isDirectory() ? filesIn(join(folder, entry.name)) : [join(folder, entry.name)]));
  } catch {
    return [];
  }
}

function onDisk(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK;
}
