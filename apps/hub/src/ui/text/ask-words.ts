/** What an agent asks, in the words of a person: the headline, the one line for lists and notifications, the command as typed. */
import type { Ask } from "@fairlead/client";
import type { ApprovalOption, ApprovalSubject, ToolKind } from "@fairlead/protocol";
import { isAllowing } from "@fairlead/protocol";

const WANTS: Readonly<Record<ToolKind, string>> = {
  execute: "wants to run a command",
  edit: "wants to change a file",
  delete: "wants to delete something",
  move: "wants to move something",
  read: "wants to read something",
  search: "wants to search",
  fetch: "wants to reach the network",
  think: "asks for permission",
  switch_mode: "asks to change how it works",
  other: "asks for permission",
};

/** What follows the agent's name: `wants to run a command`. */
export function wantsWords(ask: Pick<Ask, "kind" | "subject" | "questions" | "plan">): string {
  if (ask.questions.length > 0) return ask.questions.length === 1 ? "has a question" : `has ${ask.questions.length} questions`;
  if (ask.plan !== null) return "has a plan and asks to begin";
  if (ask.kind !== null && ask.kind !== "other") return WANTS[ask.kind];
  return ask.subject?.command === undefined ? WANTS.other : WANTS.execute;
}

/** The command as somebody would type it; undefined if the call is none. */
export function commandOf(subject: ApprovalSubject | null): string | undefined {
  const command = subject?.command;
  if (command === undefined) return undefined;
  return typeof command === "string" ? command : command.map(quoteWord).join(" ");
}

/** A word of a command as a POSIX shell would have to read it. */
export function quoteWord(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** The most telling line of what is asked, on one line; it is not cut. */
export function summaryOf(ask: Pick<Ask, "title" | "subject" | "questions" | "plan" | "content">): string {
  const [question] = ask.questions;
  if (question !== undefined) return oneLine(question.question);
  if (ask.plan !== null) return oneLine(ask.title);
  const command = commandOf(ask.subject);
  if (command !== undefined) return oneLine(command);
  const diffs = ask.content.filter((content) => content.type === "diff");
  const [diff] = diffs;
  if (diff !== undefined) return diffs.length === 1 ? diff.path : `${diff.path} and ${diffs.length - 1} more`;
  return oneLine(ask.title);
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

export interface Offer {
  /** The answer that goes ahead this once, if the agent offers one. */
  readonly allow: ApprovalOption | undefined;
  readonly deny: ApprovalOption | undefined;
  /** All others in the agent's order. */
  readonly others: readonly ApprovalOption[];
}

/** Which of the offered answers stand in front: once before always, and never an option the agent did not offer. */
export function offerOf(options: readonly ApprovalOption[]): Offer {
  const first = (kind: ApprovalOption["kind"]) => options.find((option) => option.kind === kind);
  const allow = first("allow_once") ?? first("allow_always");
  const deny = first("reject_once") ?? first("reject_always");
  return { allow, deny, others: options.filter((option) => option !== allow && option !== deny) };
}

/** Whether an option lets the call go ahead. */
export function allows(option: ApprovalOption): boolean {
  return isAllowing(option.kind);
}
