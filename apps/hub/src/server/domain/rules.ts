/** Decides approvals by rule: what a rule matches, and which of several has its way. Purely: no rule is ever guessed to fit. */
import {
  type ApprovalOption,
  type ApprovalOptionKind,
  type ApprovalRequested,
  type ApprovalSubject,
  isAllowing,
  type Rule,
  type RuleEffect,
  type ToolKind,
} from "@fairlead/protocol";
import { type CommandLine, takeApart } from "./command-line.ts";
import { type Certainty, everyCommandFits, readWords, someCommandFits, type WordsPattern } from "./command-match.ts";
import {
  matchesHost,
  matchesPath,
  matchesText,
  normalisedPath,
  type PathPattern,
  readHost,
  readPath,
  readText,
  type TextPattern,
} from "./wildcards.ts";

/** What an agent asks, prepared for being matched by many rules. */
export interface Call {
  readonly endpoint_id: string;
  readonly request: ApprovalRequested;
  readonly line: CommandLine | undefined;
  /** Normalised; null: it cannot be told where the path leads. */
  readonly paths: readonly (string | null)[];
  readonly hosts: readonly string[];
}

/** A rule as far as deciding needs it, its patterns read. */
export interface Condition extends Pick<Rule, "effect" | "when"> {
  readonly patterns: Patterns;
}

interface Patterns {
  readonly tool: TextPattern | undefined;
  readonly command: WordsPattern | undefined;
  readonly path: PathPattern | undefined;
  readonly host: TextPattern | undefined;
}

/** Reads a rule's patterns, once for all the calls that it will be asked about: deciding is done while the log is locked. */
export function readRule<R extends Pick<Rule, "effect" | "when">>(rule: R): R & Condition {
  const { tool, command, path, host } = rule.when;
  const patterns = {
    tool: tool === undefined ? undefined : readText(tool),
    command: command === undefined ? undefined : readWords(command),
    path: path === undefined ? undefined : readPath(path),
    host: host === undefined ? undefined : readHost(host),
  };
  return { ...rule, patterns };
}

/** Lists of this length may have been cut by who made them, so that they tell nothing about "every" path or host. */
const FULL_LIST = 200;

/** Takes the call apart once; a command line may cost some ms. */
export function callOf(endpointId: string, request: ApprovalRequested): Call {
  const { command, cwd, paths = [], hosts = [] }: ApprovalSubject = request.subject ?? {};
  return {
    endpoint_id: endpointId,
    request,
    line: command === undefined ? undefined : takeApart(command, cwd),
    paths: paths.map((path) => normalisedPath(path, cwd) ?? null),
    hosts,
  };
}

/**
 * Whether a rule's conditions hold for a call. For `allow` every command, path and host must fit beyond doubt: "yes" or "no". For the
 * others one of them is enough, and "maybe" says that it cannot be told.
 */
export function matches({ effect, when, patterns }: Condition, call: Call): Certainty {
  const { request } = call;
  if (when.endpoint_id !== undefined && when.endpoint_id !== call.endpoint_id) return "no";
  if (when.kinds !== undefined && (request.kind === undefined || !when.kinds.includes(request.kind))) return "no";
  if (patterns.tool !== undefined && !matchesText(patterns.tool, request.tool)) return "no";
  return effect === "allow" ? allFit(patterns, call) : anyFits(patterns, call);
}

function allFit({ command, path, host }: Patterns, { request, line, paths, hosts }: Call): Certainty {
  // What was cut may hold anything; nobody but a person may let that pass.
  if (request.input_truncated === true || paths.length >= FULL_LIST || hosts.length >= FULL_LIST) return "no";
  // Files and hosts tell nothing of what a command does: only one that is named is let pass for them.
  const runs = line !== undefined || request.kind === "execute";
  if (runs && command === undefined && (path !== undefined || host !== undefined)) return "no";
  if (command !== undefined && (line === undefined || !everyCommandFits(command, line))) return "no";
  if (path !== undefined && (paths.length === 0 || !paths.every((one) => one !== null && matchesPath(path, one)))) return "no";
  if (host !== undefined && (hosts.length === 0 || !hosts.every((one) => matchesHost(host, one)))) return "no";
  return "yes";
}

/** Calls of these kinds touch files, or reach hosts, whether or not they are told; of the others it is what they are told to. */
const OF_FILES: ReadonlySet<ToolKind> = new Set<ToolKind>(["read", "edit", "search", "delete", "move", "other"]);
const OF_HOSTS: ReadonlySet<ToolKind> = new Set<ToolKind>(["fetch", "other"]);

function anyFits({ command, path, host }: Patterns, { request, line, paths, hosts }: Call): Certainty {
  const { kind = "other", input_truncated: cut = false } = request;
  // What is not told of such a call may be anything. What a command touches is said by its words alone.
  const untold = (list: readonly unknown[], kinds: ReadonlySet<ToolKind>) =>
    list.length === 0 && line === undefined && (kinds.has(kind) || kind === "execute");
  const answers: Certainty[] = [];
  if (command !== undefined) {
    answers.push(
      line === undefined ? doubting("no", kind === "execute" || kind === "other") : doubting(someCommandFits(command, line), cut),
    );
  }
  if (path !== undefined) {
    const found = paths.some((one) => one !== null && matchesPath(path, one));
    const doubt = paths.includes(null) || paths.length >= FULL_LIST || untold(paths, OF_FILES);
    answers.push(found ? "yes" : doubting("no", doubt));
  }
  if (host !== undefined) {
    const doubt = hosts.length >= FULL_LIST || untold(hosts, OF_HOSTS);
    answers.push(hosts.some((one) => matchesHost(host, one)) ? "yes" : doubting("no", doubt));
  }
  if (answers.includes("no")) return "no";
  return answers.includes("maybe") ? "maybe" : "yes";
}

function doubting(answer: Certainty, doubt: boolean): Certainty {
  return answer === "no" && doubt ? "maybe" : answer;
}

export interface Verdict<R extends Condition> {
  readonly effect: RuleEffect;
  /** The rule that decides; undefined: none does, so somebody is asked. */
  readonly rule: R | undefined;
}

/**
 * What the rules say together: deny before ask before allow, else ask. A `deny` or `ask` that may match, for all that can be told, keeps
 * an `allow` from deciding. Questions and plans are never allowed by rule.
 */
export function judge<R extends Condition>(rules: readonly R[], call: Call): Verdict<R> {
  let asks: R | undefined;
  let allows: R | undefined;
  let doubtful = false;
  for (const rule of rules) {
    const answer = matches(rule, call);
    if (answer === "no") continue;
    if (rule.effect === "deny" && answer === "yes") return { effect: "deny", rule };
    if (rule.effect === "allow") allows ??= rule;
    else if (answer === "yes") asks ??= rule;
    else doubtful = true;
  }
  if (asks !== undefined || doubtful || allows === undefined || isForPeople(call.request)) return { effect: "ask", rule: asks };
  return { effect: "allow", rule: allows };
}

/** Whether only a person can give the answer. */
export function isForPeople({ questions, plan }: ApprovalRequested): boolean {
  return questions !== undefined || plan !== undefined;
}

/** The option by which a rule answers; undefined: the agent offers none, so that somebody must be asked. */
export function optionFor(effect: RuleEffect, options: readonly ApprovalOption[]): ApprovalOption | undefined {
  const wanted: Readonly<Record<RuleEffect, ApprovalOptionKind | undefined>> = { allow: "allow_once", deny: "reject_once", ask: undefined };
  return options.find(({ kind }) => kind === wanted[effect]);
}

/** The option that says no: once rather than for ever. */
export function rejectingOption(options: readonly ApprovalOption[]): ApprovalOption | undefined {
  return options.find(({ kind }) => kind === "reject_once") ?? options.find(({ kind }) => !isAllowing(kind));
}
