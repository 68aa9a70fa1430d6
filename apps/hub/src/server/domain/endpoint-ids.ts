/** The public id of an endpoint: the runtime's own id where it is free, else one that names the runtime too. */

const LONGEST_ID = 128;

/** Ids to try in order; `fallback` is for ids too long to be joined and for names made to look joined. */
export function publicIdCandidates(localId: string, runtimeId: string, fallback: string): string[] {
  const joined = `${localId}@${runtimeId}`;
  return joined.length <= LONGEST_ID ? [localId, joined, fallback] : [localId, fallback];
}
