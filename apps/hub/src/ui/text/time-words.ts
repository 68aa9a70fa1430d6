/** Times and amounts in words. All moments are milliseconds since the epoch, by the hub's clock. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A running or finished span: `0.4 s`, `12 s`, `3 min 05 s`, `1 h 02 min`. */
export function elapsedWords(milliseconds: number): string {
  const span = Math.max(0, milliseconds);
  if (span < 10 * SECOND) return `${(Math.floor(span / 100) / 10).toFixed(1)} s`;
  if (span < MINUTE) return `${Math.floor(span / SECOND)} s`;
  if (span < HOUR) return `${Math.floor(span / MINUTE)} min ${pad(Math.floor((span % MINUTE) / SECOND))} s`;
  return `${Math.floor(span / HOUR)} h ${pad(Math.floor((span % HOUR) / MINUTE))} min`;
}

/** A finished span; a very short one is not said to have taken no time at all. */
export function durationWords(milliseconds: number): string {
  return milliseconds < 100 ? "< 0.1 s" : elapsedWords(milliseconds);
}

/** A whole number of seconds, minutes, hours or days: `14 s`, `3 min`, `2 h`, `5 d`. */
export function roughWords(milliseconds: number): string {
  const span = Math.max(0, milliseconds);
  if (span < MINUTE) return `${Math.floor(span / SECOND)} s`;
  if (span < HOUR) return `${Math.floor(span / MINUTE)} min`;
  if (span < DAY) return `${Math.floor(span / HOUR)} h`;
  return `${Math.floor(span / DAY)} d`;
}

/** How long ago: `just now`, `14 s ago`, `3 min ago`. */
export function agoWords(at: number, now: number): string {
  return now - at < 2 * SECOND ? "just now" : `${roughWords(now - at)} ago`;
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}

/** The hour of a message: `14:05`. */
export function clockWords(at: number): string {
  const moment = new Date(at);
  return `${pad(moment.getHours())}:${pad(moment.getMinutes())}`;
}

/** A moment of a day to the second: `14:05:09`. */
export function secondWords(at: number): string {
  return `${clockWords(at)}:${pad(new Date(at).getSeconds())}`;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** The day of a message as a divider says it: `Today`, `Yesterday`, `12 Nov`, `12 Nov 2025`. */
export function dayWords(at: number, now: number): string {
  const moment = new Date(at);
  const days = Math.round((startOfDay(now) - startOfDay(at)) / DAY);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  const date = `${moment.getDate()} ${MONTHS[moment.getMonth()] ?? ""}`;
  return moment.getFullYear() === new Date(now).getFullYear() ? date : `${date} ${moment.getFullYear()}`;
}

function startOfDay(at: number): number {
  const moment = new Date(at);
  return new Date(moment.getFullYear(), moment.getMonth(), moment.getDate()).getTime();
}

/** A moment in a list: the hour today, else the day. */
export function listWords(at: number, now: number): string {
  const day = dayWords(at, now);
  return day === "Today" ? clockWords(at) : day;
}

/** A moment to the second: `12 Nov 2025, 14:05:09`. */
export function momentWords(at: number): string {
  const moment = new Date(at);
  const day = `${moment.getDate()} ${MONTHS[moment.getMonth()] ?? ""} ${moment.getFullYear()}`;
  return `${day}, ${secondWords(at)}`;
}

/** A count with its noun: `1 message`, `2 messages`. */
export function countWords(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

/** A size in bytes: `512 B`, `1.4 kB`, `12 MB`. */
export function sizeWords(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  const [value, unit] = bytes < 1_000_000 ? [bytes / 1_000, "kB"] : bytes < 1_000_000_000 ? [bytes / 1_000_000, "MB"] : [bytes / 1e9, "GB"];
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${unit}`;
}
