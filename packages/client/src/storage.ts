/** Where unsent messages and drafts survive a reload: the part of the browser's `Storage` that is used here. */

export interface KeyValueStorage {
  readonly length: number;
  key(index: number): string | null;
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** Lives as long as the process. */
export function memoryStorage(): KeyValueStorage {
  const values = new Map<string, string>();
  return {
    get length() {
      return values.size;
    },
    key: (index) => [...values.keys()][index] ?? null,
    getItem: (key) => values.get(key) ?? null,
    setItem(key, value) {
      values.set(key, value);
    },
    removeItem(key) {
      values.delete(key);
    },
  };
}

/** The browser's own storage where it may be used (private windows and strict settings forbid it), else memory. */
export function defaultStorage(): KeyValueStorage {
  return usable(() => window.localStorage);
}

/** The same for one tab: it survives a reload, and no other tab sees it. */
export function defaultTabStorage(): KeyValueStorage {
  return usable(() => window.sessionStorage);
}

function usable(open: () => KeyValueStorage): KeyValueStorage {
  try {
    if (typeof window === "undefined") return memoryStorage();
    const probe = "fairlead.probe";
    const storage = open();
    storage.setItem(probe, "1");
    storage.removeItem(probe);
    return storage;
  } catch {
    return memoryStorage();
  }
}

/** All keys with a prefix. */
export function keysOf(storage: KeyValueStorage, prefix: string): string[] {
  const keys: string[] = [];
  for (let index = 0; index < storage.length; index += 1) {
    const key = storage.key(index);
    if (key?.startsWith(prefix)) keys.push(key);
  }
  return keys;
}
