/** What a tool call is called on one line, and what its status is called. */
import type { CallStatus, ToolBlock } from "@fairlead/client";
import { diffsOf } from "./steps.ts";

export interface CallTitle {
  /** What stands before the path: `Edit `; all of it where no path is named. */
  readonly lead: string;
  /** The folder of the file that the call is about, with its slash at the end; may be cut on a narrow screen. */
  readonly folder: string;
  /** The file's own name, and what follows it in the title; never cut before the folder is. */
  readonly file: string;
  /** A command rather than words. */
  readonly mono: boolean;
}

/** A path as somebody in the working directory would write it. */
export function shortPath(path: string, workDir: string | null): string {
  if (workDir === null || workDir === "" || workDir === "/") return path;
  return path.startsWith(`${workDir}/`) ? path.slice(workDir.length + 1) : path;
}

/** The command a call runs, as one text; undefined where its input names none. */
export function commandOf(call: ToolBlock): string | undefined {
  const command = call.input?.command ?? call.input?.cmd;
  if (typeof command === "string") return command;
  return Array.isArray(command) && command.every((part) => typeof part === "string") ? command.join(" ") : undefined;
}

export function titleOf(call: ToolBlock, workDir: string | null): CallTitle {
  const first = (call.title === "" ? (call.tool === "" ? "A step begun earlier" : call.tool) : call.title).split("\n")[0] ?? "";
  const title = workDir === null || workDir.length < 2 ? first : first.replaceAll(`${workDir}/`, "");
  const mono = call.kind === "execute" && isCommand(title, commandOf(call));
  const plain = { lead: title, folder: "", file: "", mono };
  if (mono) return plain;
  const path = pathOf(call, workDir);
  const at = path === undefined ? -1 : title.indexOf(path);
  const slash = path === undefined ? -1 : path.lastIndexOf("/");
  if (path === undefined || at < 0 || slash < 1) return plain;
  return { lead: title.slice(0, at), folder: path.slice(0, slash + 1), file: title.slice(at + slash + 1), mono };
}

function isCommand(title: string, command: string | undefined): boolean {
  const bare = title.replace(/^`|`$/g, "").trim();
  return command !== undefined && bare !== "" && command.startsWith(bare.replace(/…$/, ""));
}

function pathOf(call: ToolBlock, workDir: string | null): string | undefined {
  const path = diffsOf(call)[0]?.path ?? call.locations[0]?.path;
  return path === undefined ? undefined : shortPath(path, workDir);
}

const STATUS: Readonly<Record<CallStatus, string>> = {
  pending: "waiting",
  in_progress: "running",
  completed: "done",
  failed: "failed",
  interrupted: "interrupted",
};

export function statusWord(status: CallStatus): string {
  return STATUS[status];
}
