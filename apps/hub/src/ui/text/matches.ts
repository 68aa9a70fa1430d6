/** Whether a name answers to what somebody typed: every word of it occurs somewhere, in any case. */

export function matches(name: string, typed: string): boolean {
  const whole = name.toLowerCase();
  return typed
    .toLowerCase()
    .split(/\s+/)
    .every((word) => whole.includes(word));
}
