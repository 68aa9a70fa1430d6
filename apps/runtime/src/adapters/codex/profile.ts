/**
 * A profile of Codex is a file `<name>.config.toml` beside its config. `codex app-server` takes no `--profile`, so the file's settings are
 * handed to it one by one; Codex itself parses the values.
 */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { CodexConfig } from "@fairlead/protocol";

const MAX_FILE_BYTES = 64 * 1024;
const NAME = /^[\w-][\w.-]*$/;
const TABLE = /^\[([\w.-]+)\]\s*(?:#.*)?$/;
const SETTING = /^([\w.-]+)\s*=\s*(\S.*)$/;

/** Brackets and strings that go on in the next line. */
function isUnfinished(value: string): boolean {
  const bare = value.replace(/"(?:[^"\\]|\\.)*"|'[^']*'/g, "").replace(/#.*$/, "");
  const count = (pattern: RegExp) => bare.match(pattern)?.length ?? 0;
  return /["']/.test(bare) || count(/[[{]/g) !== count(/[\]}]/g);
}

/** The file's settings as arguments. Throws an Error for people at the first line that is not one setting or one table. */
export function settingsOf(text: string): string[] {
  const args: string[] = [];
  let table = "";
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const [, name] = TABLE.exec(line) ?? [];
    const [, key, value = ""] = SETTING.exec(line) ?? [];
    if (name !== undefined) table = `${name}.`;
    else if (key !== undefined && !isUnfinished(value) && !/^("""|''')/.test(value)) args.push("-c", `${table}${key}=${value}`);
    else throw new Error(`line ${index + 1} cannot be handed to Codex; each setting must stand in one line, with a plain name`);
  }
  return args;
}

/** The arguments that a config's profile makes; none without one. Throws an Error for people. `home` is the agent's home directory. */
export function profileArgs({ profile, env }: CodexConfig, home: string): string[] {
  if (profile === undefined) return [];
  if (!NAME.test(profile)) throw new Error(`"${profile}" is no name of a Codex profile. Correct codex.profile in the runtime's config.`);
  const file = join(env.CODEX_HOME ?? join(env.HOME ?? home, ".codex"), `${profile}.config.toml`);
  try {
    if (statSync(file).size > MAX_FILE_BYTES) throw new Error(`it is larger than ${MAX_FILE_BYTES} bytes`);
    return settingsOf(readFileSync(file, "utf8"));
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    const words = isMissing ? "the file does not exist" : error instanceof Error ? error.message : String(error);
    throw new Error(`The Codex profile "${profile}" cannot be used: ${words} (${file}).`);
  }
}
