/** The narrowest rule that would have allowed a call, to begin a rule of one's own from. */
import { AppError, type ApprovalRequested, type RuleDraft, ruleDraftSchema } from "@fairlead/protocol";
import { type CommandLine, isRelative, type SimpleCommand } from "./command-line.ts";
import { isPlainShell } from "./command-wrappers.ts";
import { type Call, isForPeople, matches, readRule } from "./rules.ts";
import { patternOf } from "./wildcards.ts";

/** How much of a command line stands in a refusal, in characters. */
const MOST_SHOWN_CHARS = 300;

/** Throws CONFLICT that says why there is no rule for just such a call. */
export function proposeRule(call: Call): RuleDraft {
  const { request, endpoint_id } = call;
  if (isForPeople(request)) throw refusal("questions and plans are always for a person to answer");
  if (request.input_truncated === true) throw refusal("what it would do was too long to be kept whole");
  if (hasUnnamedMessage(call)) throw refusal("what it is told stands in no word of it, so that a rule would hold for every message");
  const when = {
    endpoint_id,
    ...(request.kind === undefined ? {} : { kinds: [request.kind] }),
    ...(call.line === undefined ? { tool: patternOf(request.tool) } : { command: commandPattern(call.line) }),
    ...(call.paths.length === 0 ? {} : { path: pathPattern(call.paths) }),
    ...(call.hosts.length === 0 ? {} : { host: hostPattern(call.hosts) }),
  };
  const draft = ruleDraftSchema.safeParse({ effect: "allow", when });
  if (!draft.success || matches(readRule(draft.data), call) !== "yes")
    throw refusal(`nothing that a rule can name tells ${shown(request)} apart`);
  return draft.data;
}

function refusal(why: string): AppError {
  return new AppError("CONFLICT", `there is no rule for just this call: ${why}`);
}

function shown({ tool }: ApprovalRequested): string {
  return `this call of ${tool}`;
}

/** A job that reads its message, or a service that is sent it: neither words nor host tell one message from another. */
function hasUnnamedMessage({ request: { input, tool_call_id }, line }: Call): boolean {
  const message = input?.message;
  if (tool_call_id !== undefined || typeof message !== "string") return false;
  return line?.commands.some(({ words }) => words.some((word) => word?.includes(message) === true)) !== true;
}

function commandPattern(line: CommandLine): string[] {
  const commands = runOf(line);
  const [first, ...others] = commands;
  if (!line.exact || first === undefined) throw refusal("its command line does more than run commands with fixed words");
  const [name] = first.words;
  // The same name in another folder is another program.
  const isPlaced = typeof name !== "string" || !isRelative(name) || first.placed !== undefined;
  if (!isPlaced) throw refusal("it names a program by its place in a folder that is not known");
  const words = (first.placed ?? first.words).flatMap((word) => (word === null ? [] : [patternOf(word)]));
  const alike = others.every(({ words: theirs }) => JSON.stringify(theirs) === JSON.stringify(first.words));
  if (!alike) throw refusal(`its line runs several different commands, and a rule allows one: ${inWords(commands)}`);
  return words;
}

/** The different commands of a line, as they are read. */
function inWords(commands: readonly SimpleCommand[]): string {
  const texts = new Set(commands.map(({ words }) => words.map((word) => word ?? "…").join(" ")));
  const text = [...texts].join("; ");
  return text.length <= MOST_SHOWN_CHARS ? text : `${text.slice(0, MOST_SHOWN_CHARS)}…`;
}

/** What the line runs, seen through shells that are told one text. */
function runOf({ commands }: CommandLine): SimpleCommand[] {
  return commands.flatMap((command) => {
    const { script, words } = command;
    return script?.exact === true && isPlainShell(words) ? runOf(script) : [command];
  });
}

function pathPattern(paths: readonly (string | null)[]): string {
  const known = [...new Set(paths)];
  const [first, ...others] = known;
  if (first === undefined || first === null) throw refusal("it cannot be told which files it touches");
  if (others.length === 0) return patternOf(first);
  // One pattern must hold for all of them: the closest folder that they share.
  const shared = others.reduce<string[]>((folder, path) => common(folder, (path ?? "").split("/")), first.split("/").slice(0, -1));
  if (shared.length < 2) throw refusal("it touches files in several folders");
  return `${patternOf(shared.join("/"))}/**`;
}

function common(one: readonly string[], other: readonly string[]): string[] {
  const end = one.findIndex((part, index) => part !== other[index]);
  return end < 0 ? [...one] : one.slice(0, end);
}

function hostPattern(hosts: readonly string[]): string {
  const known = [...new Set(hosts.map((host) => host.toLowerCase()))];
  const [first, ...others] = known;
  if (first === undefined || others.length > 0) throw refusal("it reaches several hosts");
  return patternOf(first);
}
