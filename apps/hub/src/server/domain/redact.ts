/** What the audit trail keeps of an operation's input. By allowance: a text that is not named here leaves only its size. */

/** Ids, names and words of a list. */
const NAMES = [
  ...["endpoint_id", "approval_id", "rule_id", "user_id", "message_id", "turn_id", "file_id", "native_id", "option_id", "value_id"],
  ...["username", "role", "title", "name", "mime_type", "effect", "scope", "attachments"],
  // Why somebody said no, and what a rule is for, are written to be read by others.
  ...["reason", "note"],
];
/** A rule is what it says; `command` and `path` mean something else anywhere but under `when`. */
const RULE_TEXTS = ["endpoint_id", "kinds", "tool", "command", "path", "host"];

/** What lies under these is looked into; any other object is as good as a text. */
const INSIDE: Readonly<Record<string, ReadonlySet<string>>> = { draft: new Set(NAMES), when: new Set(RULE_TEXTS) };
const OUTSIDE: ReadonlySet<string> = new Set(NAMES);

/** The longest detail, as JSON (bytes). */
export const MAX_DETAIL_BYTES = 2_048;
/** From what people want to what always fits: characters of a text, elements of a list. */
const BOUNDS = [
  { chars: 200, elements: 50 },
  { chars: 40, elements: 8 },
];

type Bound = (typeof BOUNDS)[number];

/** What is kept, as it is stored and shown. `size`: of something left out, in characters. */
export type Detail = Readonly<Record<string, unknown>>;

/** What is kept of an input that was parsed. The session's id has a column of its own. */
export function redact(input: unknown): Detail {
  if (!isObject(input)) return {};
  const { session_id: _, ...rest } = input;
  for (const bound of BOUNDS) {
    const detail = keep(rest, OUTSIDE, bound);
    if (bytesOf(detail) <= MAX_DETAIL_BYTES) return detail;
  }
  return { size: JSON.stringify(rest).length };
}

function keep(fields: Readonly<Record<string, unknown>>, allowed: ReadonlySet<string>, bound: Bound): Detail {
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    const inside = Object.hasOwn(INSIDE, name) ? INSIDE[name] : undefined;
    if (value === undefined || value === null) continue;
    if (typeof value === "number" || typeof value === "boolean") kept[name] = value;
    else if (inside !== undefined && isObject(value)) kept[name] = keep(value, inside, bound);
    else if (allowed.has(name)) kept[name] = shorten(value, bound);
    else kept[name] = sizeOf(value);
  }
  return kept;
}

function shorten(value: unknown, bound: Bound): unknown {
  if (typeof value === "string") return value.length <= bound.chars ? value : `${value.slice(0, bound.chars)}…`;
  if (!Array.isArray(value)) return sizeOf(value);
  const shown = value.slice(0, bound.elements).map((element: unknown) => shorten(element, bound));
  return value.length <= bound.elements ? shown : [...shown, "…"];
}

function sizeOf(value: unknown): { readonly size: number } {
  return { size: (typeof value === "string" ? value : JSON.stringify(value)).length };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function bytesOf(detail: Detail): number {
  return new TextEncoder().encode(JSON.stringify(detail)).length;
}
