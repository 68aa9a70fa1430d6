/** Which of a phone's tabs is lit: on pages that have none of their own, the one they are reached by. */
const REACHED_BY: ReadonlyMap<string, string> = new Map([
  ["/rules", "/inbox"],
  ["/audit", "/"],
]);

export function tabOf(path: string): string {
  return REACHED_BY.get(path) ?? path;
}
