/** A rule as somebody types it, and the draft it stands for: text fields in, conditions out, and the way back. */
import { type RuleDraft, ruleDraftSchema, type ToolKind } from "@fairlead/protocol";
import { quoteWord } from "./ask-words.ts";

export interface RuleForm {
  readonly effect: RuleDraft["effect"];
  readonly scope: RuleDraft["scope"];
  /** Empty: any agent. */
  readonly endpoint_id: string;
  readonly kinds: readonly ToolKind[];
  readonly tool: string;
  /** Words as in a shell; stars are patterns. */
  readonly command: string;
  readonly path: string;
  readonly host: string;
  readonly note: string;
}

export const EMPTY_RULE_FORM: RuleForm = {
  effect: "allow",
  scope: "mine",
  endpoint_id: "",
  kinds: [],
  tool: "",
  command: "",
  path: "",
  host: "",
  note: "",
};

export function formOf({ effect, scope, when, note }: RuleDraft): RuleForm {
  return {
    effect,
    scope,
    endpoint_id: when.endpoint_id ?? "",
    kinds: when.kinds ?? [],
    tool: when.tool ?? "",
    command: (when.command ?? []).map(patternWord).join(" "),
    path: when.path ?? "",
    host: when.host ?? "",
    note,
  };
}

export type Drafted = { readonly draft: RuleDraft; readonly problem: "" } | { readonly draft: undefined; readonly problem: string };

/** The draft of what was typed, or what is wrong with it. */
export function draftOf(form: RuleForm): Drafted {
  const command = splitWords(form.command);
  if (command === undefined) return { draft: undefined, problem: "A quote in the command is not closed." };
  const path = form.path.trim();
  if (path !== "" && !path.startsWith("/") && !path.startsWith("*")) {
    return { draft: undefined, problem: "A path begins with a slash." };
  }
  const text = (value: string) => (value.trim() === "" ? undefined : value.trim());
  const when = {
    endpoint_id: text(form.endpoint_id),
    kinds: form.kinds.length === 0 ? undefined : [...form.kinds],
    tool: text(form.tool),
    command: command.length === 0 ? undefined : command,
    path: text(path),
    host: text(form.host),
  };
  const present = Object.fromEntries(Object.entries(when).filter(([, value]) => value !== undefined));
  if (Object.keys(present).length === 0)
    return { draft: undefined, problem: "Fill in at least one field below that says which calls it is about." };
  const parsed = ruleDraftSchema.safeParse({ effect: form.effect, scope: form.scope, when: present, note: form.note.trim() });
  return parsed.success
    ? { draft: parsed.data, problem: "" }
    : { draft: undefined, problem: parsed.error.issues[0]?.message ?? "This rule is not complete." };
}

function patternWord(word: string): string {
  return /^[\w@%+=:,./*-]+$/.test(word) ? word : quoteWord(word);
}

/** A part of a word: in quotes, escaped, or plain. The last alternative is a quote or a backslash that nothing closes. */
const PARTS = /(\s+)|'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])|([^\s'"\\]+)|(['"\\])/g;

/** Words as a POSIX shell splits them, without expanding anything; undefined for a quote that is not closed. */
export function splitWords(line: string): string[] | undefined {
  const words: string[] = [];
  let begun = false;
  for (const [, space, single, double, escaped, plain, open] of line.matchAll(PARTS)) {
    if (open !== undefined) return undefined;
    if (space !== undefined) {
      begun = false;
      continue;
    }
    const part = single ?? double?.replace(/\\([\s\S])/g, "$1") ?? escaped ?? plain ?? "";
    if (begun) words.push(`${words.pop() ?? ""}${part}`);
    else words.push(part);
    begun = true;
  }
  return words;
}
