/** Rules in plain words: one sentence that says what a rule does, and the same conditions one by one. */
import type { RuleDraft, RuleEffect, RuleText, ToolKind } from "@fairlead/protocol";
import { quoteWord } from "./ask-words.ts";

export const KIND_WORDS: Readonly<Record<ToolKind, string>> = {
  execute: "running commands",
  edit: "changing files",
  read: "reading",
  delete: "deleting",
  move: "moving",
  search: "searching",
  fetch: "reaching the network",
  think: "thinking",
  switch_mode: "changing modes",
  other: "anything else",
};

export const EFFECT_WORDS: Readonly<Record<RuleEffect, { readonly verb: string; readonly about: string }>> = {
  allow: { verb: "Allow", about: "Goes ahead without asking anybody." },
  ask: { verb: "Ask about", about: "Always asks, even where another rule would allow it." },
  deny: { verb: "Deny", about: "Is refused at once, whatever other rules say." },
};

/** A piece of a sentence; `code` pieces are set in a typewriter face. */
export interface Piece {
  readonly text: string;
  readonly code: boolean;
}

const words = (text: string): Piece => ({ text, code: false });
const code = (text: string): Piece => ({ text, code: true });

/** A rule as it is written, or what is left of it in the log: whose sessions it was for is not said there. */
export type SpokenRule = RuleText & Partial<Pick<RuleDraft, "scope">>;

/** `Allow` `git status` `in agent Claude`. `agent` is the name of the endpoint the rule names, if it names one. */
export function ruleSentence(draft: SpokenRule, agent: string | undefined): readonly Piece[] {
  const { when, effect, scope } = draft;
  const { verb } = EFFECT_WORDS[effect];
  return [
    words(verb),
    ...subjectPieces(draft),
    ...(when.path === undefined ? [] : [words("under"), code(when.path)]),
    ...(when.host === undefined ? [] : [words("at host"), code(when.host)]),
    words(when.endpoint_id === undefined ? "in any agent" : `in agent ${agent ?? when.endpoint_id}`),
    ...(scope === undefined ? [] : [words(scope === "everyone" ? "for everyone" : "in my sessions")]),
  ];
}

function subjectPieces({ when }: RuleText): readonly Piece[] {
  const kinds = (when.kinds ?? []).map((kind) => KIND_WORDS[kind]);
  const tool = when.tool === undefined ? [] : [words("with tool"), code(when.tool)];
  if (when.command !== undefined) return [code(when.command.map(commandWord).join(" ")), ...tool];
  if (kinds.length > 0) return [words(listWords(kinds)), ...tool];
  return when.tool === undefined ? [words("every call")] : [words("every call of tool"), code(when.tool)];
}

/** Stars are patterns here, not text to be quoted. */
function commandWord(word: string): string {
  return /^[\w@%+=:,./*-]+$/.test(word) ? word : quoteWord(word);
}

function listWords(items: readonly string[]): string {
  return items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items.at(-1) ?? ""}`;
}

/** The sentence as text, e.g. for a confirmation or a screen reader. */
export function sentenceText(pieces: readonly Piece[]): string {
  return pieces.map((piece) => piece.text).join(" ");
}

/** How wide a pattern is open: what a person should know before saving it. Empty: nothing worth a word. */
export function cautionOf({ effect, when }: RuleDraft): string {
  if (effect !== "allow") return "";
  const [first] = when.command ?? [];
  if (first?.includes("*") === true) return "The name of the program is a pattern: this allows any program that fits.";
  if (when.command?.at(-1) === "**" && when.command.length === 2) return `This allows ${first ?? ""} with any arguments.`;
  if (when.command === undefined && when.path === undefined && when.host === undefined) {
    return "Neither command, path nor host is limited: this allows every such call, whatever it does.";
  }
  if (when.command === undefined && when.kinds?.includes("execute") === true) {
    return "No command is allowed by its paths or hosts alone: name the command, too.";
  }
  if (when.path === "/**" || when.path === "**") return "This path stands for the whole file system.";
  return "";
}
