/** Random ids for messages and calls, also where `crypto.randomUUID` is missing (a page served over plain HTTP on a LAN). */

/** 128 random bits as 32 hexadecimal digits. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
