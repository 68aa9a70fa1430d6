/** A permission request of an ACP agent → an approval: what would happen, what it touches, and what may be answered. Pure but for `read`. */
import { isAbsolute } from "node:path";
import {
  type ApprovalOption,
  type ApprovalSubject,
  isAllowing,
  MAX_TOOL_CONTENTS,
  type ToolContent,
  type ToolInput,
  type ToolKind,
} from "@fairlead/protocol";
import { clipText, safeText } from "../../process/text.ts";
import { createCompare } from "../patch.ts";
import { allIn, hostsIn, pathsIn } from "../touched.ts";
import { absolute, type Change, changeOf, showChange, toolContent } from "./content.ts";
import type { Question } from "./questions.ts";
import type { ToolCall } from "./tool-calls.ts";
import type { NativeContent, PermissionRequest } from "./wire.ts";

const MAX_CHOICES = 8;
const MAX_PATHS = 200;
/** Our own answer where an agent offers none that refuses. */
const REFUSAL: ApprovalOption = { id: "cancelled", kind: "reject_once", label: "Deny" };

/** Reads a file of the working directory as it stands: its text, null when there is none, undefined when it cannot be told. */
export type ReadCurrent = (path: string) => string | null | undefined;

export interface Permission {
  readonly event: Question["event"];
  /** What the agent is told for each option; undefined: that it was cancelled. */
  readonly choices: ReadonlyMap<string, { readonly option_id: string | undefined; readonly allows: boolean }>;
  /** The proposed changes of whole files. */
  readonly changes: readonly Change[];
}

export interface Surroundings {
  readonly work_dir: string;
  readonly read: ReadCurrent;
}

/** Undefined when the agent offers nothing that can be chosen. */
export function permissionOf({ options = [] }: PermissionRequest, call: ToolCall, around: Surroundings): Permission | undefined {
  const offered = options.slice(0, MAX_CHOICES);
  if (offered.length === 0) return undefined;
  const choices = new Map<string, { option_id: string | undefined; allows: boolean }>();
  const shown: ApprovalOption[] = [];
  for (const { optionId, kind, name } of offered) {
    const id = optionId.length <= 128 ? safeText(optionId) : `option-${shown.length + 1}`;
    if (choices.has(id)) continue;
    choices.set(id, { option_id: optionId, allows: isAllowing(kind) });
    shown.push({ id, kind, label: clipText(safeText(name ?? kind), 200) });
  }
  if (!shown.some(({ kind }) => !isAllowing(kind)) && !choices.has(REFUSAL.id)) {
    if (shown.length === MAX_CHOICES) choices.delete(shown.pop()?.id ?? "");
    choices.set(REFUSAL.id, { option_id: undefined, allows: false });
    shown.push(REFUSAL);
  }
  const proposed = call.content.map((item) => proposedChange(item, around));
  const changes = proposed.filter((change) => change !== undefined);
  const input = call.input ?? inputOfWords(call, around.work_dir);
  const event = {
    tool: call.tool,
    title: call.title,
    kind: call.kind,
    options: shown,
    tool_call_id: call.id,
    input,
    content: contents(call.content, proposed, around.work_dir),
    subject: subjectOf(
      { input: call.input ?? {}, kind: call.kind, paths: [...call.locations, ...changes.map(({ path }) => path)] },
      around.work_dir,
    ),
  };
  return { event, choices, changes };
}

/** A change as it would be in the whole file, so that it is judged by what is there now and not by what the agent says was there. */
function proposedChange(item: NativeContent, { work_dir, read }: Surroundings): Change | undefined {
  const change = changeOf(item, work_dir);
  if (change === undefined) return undefined;
  const { path, before, after } = change;
  const current = read(path);
  // Some say of a file that is not there that it is empty.
  if (current === null && before === "") return { path, before: null, after };
  if (current === undefined || current === null || after === null || current === before) return change;
  if (before === null) return { path, before: current, after };
  const at = current.indexOf(before);
  const isOnce = before !== "" && at !== -1 && current.indexOf(before, at + 1) === -1;
  return isOnce ? { path, before: current, after: current.slice(0, at) + after + current.slice(at + before.length) } : change;
}

function contents(items: readonly NativeContent[], proposed: readonly (Change | undefined)[], work_dir: string): ToolContent[] {
  const compare = createCompare();
  return items
    .flatMap((item, index) => {
      const change = proposed[index];
      return (change === undefined ? toolContent(item, { work_dir, compare }) : showChange(change, compare)) ?? [];
    })
    .slice(0, MAX_TOOL_CONTENTS);
}

/** What the answer is bound to where the agent gave no input: the changes themselves, else the agent's own words. */
function inputOfWords(call: ToolCall, work_dir: string): ToolInput {
  const changes = call.content.map((item) => changeOf(item, work_dir)).filter((change) => change !== undefined);
  return changes.length === 0 ? { title: call.words } : { changes };
}

export interface Touched {
  readonly input: ToolInput;
  readonly kind: ToolKind;
  readonly paths: readonly string[];
}

/** What a call touches as far as its input says, for rules to match. */
export function subjectOf({ input, kind, paths: known }: Touched, work_dir: string): ApprovalSubject {
  // Where the agent's home is, nobody has said: such a path is told as it stands, and fits no rule that allows.
  const place = (path: string) => (path.startsWith("~") ? path : absolute(path, work_dir));
  const told = (paths: readonly string[], hosts: readonly string[]) => ({
    ...(paths.length === 0 ? {} : { paths: paths.slice(0, MAX_PATHS) }),
    ...(hosts.length === 0 ? {} : { hosts: hosts.slice(0, MAX_PATHS) }),
  });
  const runs = kind === "execute" || kind === "other";
  const { command: first, cmd: second, ...beside } = input;
  const command = runs ? (commandOf(first) ?? commandOf(second)) : undefined;
  if (command === undefined) return told(pathsIn({ path: known, input }, kind, place), hostsIn(input, kind));
  const cwd = [input.cwd, input.workdir, input.directory].find((value) => typeof value === "string");
  const running = { command, cwd: clipText(absolute(safeText(cwd ?? "."), work_dir), 4_096) };
  // Of what a command touches its words alone tell. An unknown tool may do something else than to run it.
  if (kind === "execute") return running;
  const all = allIn({ path: cwd === undefined ? known : [...known, cwd], beside }, place);
  // Which of two commands it runs nobody knows.
  if (all === undefined || (first !== undefined && second !== undefined)) return {};
  // Beside a folder, a path that is not absolute would be taken for one in it.
  const isPlaced = all.paths.every((path) => isAbsolute(path));
  return { ...(isPlaced ? running : { command }), ...told(all.paths, all.hosts) };
}

/** A command too long to be told whole is not told: a rule must not match a part of it. */
function commandOf(value: unknown): ApprovalSubject["command"] {
  const isLine = (text: unknown): text is string => typeof text === "string" && text !== "" && text.length <= 65_536;
  if (isLine(value)) return safeText(value);
  return Array.isArray(value) && value.length > 0 && value.length <= 1_000 && value.every(isLine) ? value.map(safeText) : undefined;
}
