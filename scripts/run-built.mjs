/** Installs and builds what is missing, then becomes one built program: this process is it, so signals reach it as they are. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ensureBuilt, ensureInstalled, ROOT, STEP_ENV } from "./steps.mjs";

/** `program` reads its own arguments, which are ours. */
export async function runBuilt(program) {
  await ensureInstalled();
  await ensureBuilt();
  Object.assign(process.env, STEP_ENV);
  await import(pathToFileURL(join(ROOT, program)).href);
}
