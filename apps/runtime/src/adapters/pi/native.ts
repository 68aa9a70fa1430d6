/** pi's own sessions as they lie on this machine: one file of JSON lines each, its first line about the session. */
import { open, readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { NativeSession, PiConfig } from "@fairlead/protocol";
import { z } from "zod";
import { clipText, safeText } from "../../process/text.ts";

/** How much of each file is read for its title, in bytes. */
const HEAD_BYTES = 64 * 1024;
const MAX_FILES = 10_000;
const MAX_LISTED = 500;
const AT_ONCE = 16;

const headerSchema = z.looseObject({ type: z.literal("session"), id: z.string().min(1).max(512), cwd: z.string().max(4_096).optional() });
const firstMessageSchema = z.looseObject({
  type: z.literal("message"),
  message: z.looseObject({
    role: z.literal("user"),
    content: z.union([z.string(), z.array(z.looseObject({ text: z.string().optional() }))]),
  }),
});

export type FoundSession =
  /** `path` to give to pi, and the folder that the conversation lives in. */
  | { readonly kind: "file"; readonly path: string; readonly cwd: string | undefined }
  /** Not in the folders that are known here; pi may know better. */
  | { readonly kind: "elsewhere" }
  | { readonly kind: "gone"; readonly reason: string };

/** Finds a session by pi's id. Never rejects. */
export async function findNative(id: string, config: PiConfig, home: string): Promise<FoundSession> {
  // pi would take anything else for a path or an option.
  if (!/^\w[\w.-]*$/.test(id) || id.endsWith(".jsonl")) return { kind: "gone", reason: "it is no session id of pi" };
  const path = (await sessionFiles(config, home)).find((file) => file.endsWith(`_${id}.jsonl`));
  if (path === undefined) return { kind: "elsewhere" };
  const { header } = await readHead(path);
  if (header?.id !== id) return { kind: "gone", reason: "its file cannot be read" };
  // pi itself refuses to go on without the folder.
  if (header.cwd !== undefined && !(await isFolder(header.cwd))) {
    return { kind: "gone", reason: `its folder ${header.cwd} does not exist any more` };
  }
  return { kind: "file", path, cwd: header.cwd };
}

/** The newest sessions first. Files that cannot be read are left out. */
export async function listNative(config: PiConfig, home: string): Promise<NativeSession[]> {
  const files = await inGroups(await sessionFiles(config, home), async (path) => {
    const found = await stat(path).catch(() => undefined);
    return found?.isFile() ? { path, updated_at: Math.round(found.mtimeMs) } : undefined;
  });
  const newest = files.sort((left, right) => right.updated_at - left.updated_at).slice(0, MAX_LISTED);
  return inGroups(newest, async ({ path, updated_at }) => {
    const { header, title } = await readHead(path);
    if (header === undefined) return undefined;
    return { native_id: header.id, title: title ?? "", updated_at, ...(header.cwd === undefined ? {} : { work_dir: header.cwd }) };
  });
}

/** One folder for each working directory, or one for all where that is configured. */
async function sessionFiles(config: PiConfig, home: string): Promise<string[]> {
  const { PI_CODING_AGENT_DIR, PI_CODING_AGENT_SESSION_DIR, HOME } = config.env;
  const ownHome = HOME ?? home;
  const absolute = (path: string) => (path === "~" || path.startsWith("~/") ? join(ownHome, path.slice(1)) : resolve(ownHome, path));
  const root = join(PI_CODING_AGENT_DIR === undefined ? join(ownHome, ".pi", "agent") : absolute(PI_CODING_AGENT_DIR), "sessions");
  const folders = (await readdir(root, { withFileTypes: true }).catch(() => []))
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(root, entry.name));
  if (PI_CODING_AGENT_SESSION_DIR !== undefined) folders.unshift(absolute(PI_CODING_AGENT_SESSION_DIR));
  const files: string[] = [];
  for (const folder of folders) {
    const names = await readdir(folder).catch(() => []);
    files.push(...names.filter((name) => name.endsWith(".jsonl")).map((name) => join(folder, name)));
    if (files.length > MAX_FILES) break;
  }
  return files.slice(0, MAX_FILES);
}

interface Head {
  readonly header?: z.infer<typeof headerSchema>;
  readonly title?: string;
}

async function readHead(path: string): Promise<Head> {
  const text = await readStart(path).catch(() => "");
  const [first = "", ...rest] = text.split("\n");
  const header = headerSchema.safeParse(parseJson(first)).data;
  if (header === undefined) return {};
  for (const line of rest) {
    const said = firstMessageSchema.safeParse(parseJson(line)).data?.message.content;
    if (said === undefined) continue;
    const words = typeof said === "string" ? said : said.map((part) => part.text ?? "").join(" ");
    return { header, title: clipText(safeText(words).replace(/\s+/g, " ").trim(), 200) };
  }
  return { header };
}

async function readStart(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await file.close();
  }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** Works through a list a few at a time and keeps what is there, in order. */
async function inGroups<T, R>(items: readonly T[], work: (item: T) => Promise<R | undefined>): Promise<R[]> {
  const results: R[] = [];
  for (let at = 0; at < items.length; at += AT_ONCE) {
    const group = await Promise.all(items.slice(at, at + AT_ONCE).map(work));
    for (const result of group) if (result !== undefined) results.push(result);
  }
  return results;
}
