/** Counts sockets by key, so that no user and no address can hold more than its share. */

export interface Admission {
  /** Takes a place, or returns undefined when there is none. Calling the result gives it back; more than once is harmless. */
  enter(key: string): (() => void) | undefined;
}

/** At most `perKey` places for one key and `inAll` together. */
export function createAdmission(perKey: number, inAll = Number.POSITIVE_INFINITY): Admission {
  const counts = new Map<string, number>();
  let total = 0;
  return {
    enter(key) {
      const count = counts.get(key) ?? 0;
      if (count >= perKey || total >= inAll) return undefined;
      counts.set(key, count + 1);
      total += 1;
      let inside = true;
      return () => {
        if (!inside) return;
        inside = false;
        total -= 1;
        const left = (counts.get(key) ?? 1) - 1;
        if (left === 0) counts.delete(key);
        else counts.set(key, left);
      };
    },
  };
}
