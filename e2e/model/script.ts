/** The language in which a prompt tells the scripted model what to answer: one directive a line (or between `;;`). */

/** What is wanted of a tool; which of the offered tools does it is found later, so one prompt works for every agent. */
export type ToolWish =
  | { readonly kind: "bash"; readonly command: string /** Asks for a run outside the agent's sandbox. */; readonly escalated: boolean }
  | { readonly kind: "write"; readonly path: string; readonly content: string }
  | { readonly kind: "edit"; readonly path: string; readonly old: string; readonly new: string }
  | { readonly kind: "read"; readonly path: string }
  | { readonly kind: "named"; readonly name: string; readonly input: Readonly<Record<string, unknown>> };

/** What goes wrong at the end of an answer; `times`: only so often, then the same request is answered. */
export interface Fault {
  readonly kind: "status" | "error" | "cut" | "hang";
  /** The HTTP status of a `status` fault. */
  readonly status: number;
  readonly times: number;
}

export type Step =
  | { readonly type: "say" | "think"; readonly text: string }
  | { readonly type: "delay"; readonly ms: number }
  | { readonly type: "hold"; readonly name: string }
  | { readonly type: "tool"; readonly wish: ToolWish }
  | { readonly type: "fault"; readonly fault: Fault };

export interface Script {
  readonly steps: readonly Step[];
  /** All tools in one answer instead of one after the other. */
  readonly parallel: boolean;
  /** In how many pieces each text is sent. */
  readonly chunks: number;
}

/** Longest wait a script may ask for, in ms. */
const LONGEST_DELAY = 600_000;
const MOST_CHUNKS = 10_000;
const DEFAULT_CHUNKS = 3;

/** `DIRECTIVE:rest`, where the directive is the first word of a line. */
const LINE = /^([A-Z]+):(.*)$/s;

/** Reads a prompt; undefined where it holds no directive. Lines that are none are skipped. Throws Error naming a bad one. */
export function parseScript(prompt: string): Script | undefined {
  const steps: Step[] = [];
  let parallel = false;
  let chunks: number | undefined;
  for (const line of prompt.split(/\r?\n|;;/)) {
    const [, directive = "", rest = ""] = LINE.exec(line.trimStart()) ?? [];
    if (directive === "PAR") parallel = true;
    else if (directive === "CHUNKS") chunks = wholeNumber(line, rest, MOST_CHUNKS);
    else {
      const step = STEPS[directive]?.(rest, line);
      if (step !== undefined) steps.push(step);
    }
  }
  if (steps.length === 0 && !parallel && chunks === undefined) return undefined;
  return { steps, parallel, chunks: chunks ?? DEFAULT_CHUNKS };
}

/** The steps of the answer that is due once `results` tools have answered, and whether no tool is left after it. */
export function stepsAfter(script: Script, results: number): { readonly steps: readonly Step[]; readonly last: boolean } {
  const ends = script.steps.flatMap((step, index) => (step.type === "tool" ? [index + 1] : []));
  // In parallel, one result is enough to know that the answer with all the tools has been given.
  const stops = script.parallel ? ends.slice(-1) : ends;
  const begin = results === 0 ? 0 : (stops[Math.min(results, stops.length) - 1] ?? 0);
  const end = stops.find((stop) => stop > begin);
  return { steps: script.steps.slice(begin, end), last: end === undefined };
}

const STEPS: Readonly<Record<string, (rest: string, line: string) => Step>> = {
  SAY: (rest) => ({ type: "say", text: unescapeText(rest) }),
  THINK: (rest) => ({ type: "think", text: unescapeText(rest) }),
  DELAY: (rest, line) => ({ type: "delay", ms: wholeNumber(line, rest, LONGEST_DELAY) }),
  HOLD: (rest, line) => ({ type: "hold", name: required(line, rest.trim()) }),
  TOOL: (rest, line) => ({ type: "tool", wish: toolWish(rest, line) }),
  WRITE(rest, line) {
    const [path, content] = halves(line, rest, ":");
    return { type: "tool", wish: { kind: "write", path, content: unescapeText(content) } };
  },
  EDIT(rest, line) {
    const [path, change] = halves(line, rest, ":");
    const [before, after] = halves(line, change, "=>");
    return { type: "tool", wish: { kind: "edit", path, old: unescapeText(before), new: unescapeText(after) } };
  },
  READ: (rest, line) => ({ type: "tool", wish: { kind: "read", path: required(line, rest.trim()) } }),
  STATUS(rest, line) {
    const [, status = "", times = ""] = /^(\d{3})(.*)$/.exec(rest.trim()) ?? [];
    if (!/^[45]/.test(status)) throw new Error(`not an HTTP error status: ${line}`);
    return { type: "fault", fault: { kind: "status", status: Number(status), times: timesOf(line, times) } };
  },
  MIDERR: (rest, line) => fault("error", rest, line),
  CUT: (rest, line) => fault("cut", rest, line),
  HANG: (rest, line) => fault("hang", rest, line),
};

function fault(kind: Exclude<Fault["kind"], "status">, rest: string, line: string): Step {
  return { type: "fault", fault: { kind, status: 500, times: timesOf(line, rest.trim()) } };
}

function timesOf(line: string, text: string): number {
  if (text === "") return Number.POSITIVE_INFINITY;
  if (!text.startsWith("x")) throw new Error(`write xN for "only N times": ${line}`);
  return wholeNumber(line, text.slice(1), 1_000);
}

function toolWish(rest: string, line: string): ToolWish {
  const [name, argument] = halves(line, rest, ":");
  if (name !== "bash") return { kind: "named", name, input: jsonObject(argument, line) };
  const escalated = argument.startsWith("ESC:");
  return { kind: "bash", command: required(line, escalated ? argument.slice(4) : argument), escalated };
}

function jsonObject(text: string, line: string): Record<string, unknown> {
  const value: unknown = JSON.parse(text.trim() === "" ? "{}" : text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error(`not a JSON object: ${line}`);
  return value as Record<string, unknown>;
}

function halves(line: string, text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  if (at <= 0) throw new Error(`"${separator}" is missing: ${line}`);
  return [text.slice(0, at).trim(), text.slice(at + separator.length)];
}

function required(line: string, text: string): string {
  if (text === "") throw new Error(`something is missing: ${line}`);
  return text;
}

function wholeNumber(line: string, text: string, most: number): number {
  const value = Number(text.trim() === "" ? "none" : text);
  if (!Number.isInteger(value) || value < 0 || value > most) throw new Error(`not a whole number from 0 to ${most}: ${line}`);
  return value;
}

/** `\n` and `\t` as written in a one-line script. */
function unescapeText(text: string): string {
  return text.replaceAll("\\n", "\n").replaceAll("\\t", "\t");
}
