/** Claude Code's own conversations as they lie on this machine: one file of JSON lines each, named by its id. */
import { open, readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import type { ClaudeCodeConfig, NativeSession } from "@fairlead/protocol";
import { z } from "zod";
import { clipText, safeText } from "../../process/text.ts";

/** How much of each file is read for its title and folder, in bytes. */
const HEAD_BYTES = 64 * 1024;
const MAX_FILES = 10_000;
const MAX_LISTED = 500;
const AT_ONCE = 16;
const MAX_TITLE = 200;
/** Lines that Claude Code puts before what people say. */
const OWN_WORDS = /^\s*<(?:local-command|command-|system-reminder|bash-)|^Caveat:/;

const lineSchema = z.looseObject({
  type: z.string(),
  cwd: z.string().max(4_096).optional().catch(undefined),
  isMeta: z.boolean().optional().catch(undefined),
  isSidechain: z.boolean().optional().catch(undefined),
  message: z
    .looseObject({ content: z.union([z.string(), z.array(z.looseObject({ text: z.string().optional().catch(undefined) }))]) })
    .optional()
    .catch(undefined),
});

/** The newest first. `home`: the runtime's home directory. Files that are no conversations are left out. */
export async function listNative(config: ClaudeCodeConfig, home: string): Promise<NativeSession[]> {
  const root = join(config.env.CLAUDE_CONFIG_DIR ?? join(config.env.HOME ?? home, ".claude"), "projects");
  const files = await inGroups(await conversationFiles(root), async (path) => {
    const found = await stat(path).catch(() => undefined);
    return found?.isFile() ? { path, updated_at: Math.round(found.mtimeMs) } : undefined;
  });
  const newest = files.sort((left, right) => right.updated_at - left.updated_at).slice(0, MAX_LISTED);
  return inGroups(newest, async ({ path, updated_at }) => {
    const head = await readHead(path).catch(() => undefined);
    return head === undefined ? undefined : { native_id: basename(path, ".jsonl"), updated_at, ...head };
  });
}

async function conversationFiles(root: string): Promise<string[]> {
  const folders = (await readdir(root, { withFileTypes: true }).catch(() => [])).filter((entry) => entry.isDirectory());
  const files: string[] = [];
  for (const folder of folders) {
    const names = await readdir(join(root, folder.name)).catch(() => []);
    // Those of sub-agents lie beside, under other names.
    const own = names.filter((name) => /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.jsonl$/i.test(name));
    files.push(...own.map((name) => join(root, folder.name, name)));
    if (files.length > MAX_FILES) break;
  }
  return files.slice(0, MAX_FILES);
}

/** Undefined when nobody has said anything in it. */
async function readHead(path: string): Promise<{ title: string; work_dir?: string } | undefined> {
  let folder: string | undefined;
  for (const text of (await readStart(path)).split("\n")) {
    const line = lineSchema.safeParse(parseJson(text)).data;
    if (line === undefined) continue;
    folder ??= line.cwd;
    if (line.type !== "user" || line.isMeta || line.isSidechain) continue;
    const { content = "" } = line.message ?? {};
    const words = typeof content === "string" ? content : content.map((part) => part.text ?? "").join(" ");
    if (words.trim() === "" || OWN_WORDS.test(words)) continue;
    const title = clipText(safeText(words).replace(/\s+/g, " ").trim(), MAX_TITLE);
    return { title, ...(folder === undefined ? {} : { work_dir: folder }) };
  }
  return undefined;
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

/** Works through a list a few at a time and keeps what is there, in order. */
async function inGroups<T, R>(items: readonly T[], work: (item: T) => Promise<R | undefined>): Promise<R[]> {
  const results: R[] = [];
  for (let at = 0; at < items.length; at += AT_ONCE) {
    const group = await Promise.all(items.slice(at, at + AT_ONCE).map(work));
    for (const result of group) if (result !== undefined) results.push(result);
  }
  return results;
}
