/** The page of promises names files that exist. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const FOLDERS: Readonly<Record<string, string>> = {
  hub: "apps/hub/src/server",
  runtime: "apps/runtime/src",
  client: "packages/client/src",
  protocol: "packages/protocol/src",
};

/** Every file named in a cell: relative to the folder named last, or to that of the file before it. */
function filesOf(cell: string): { name: string; places: string[] }[] {
  let folder = "";
  let beside = "";
  return [...cell.matchAll(/(?:\b(hub|runtime|client|protocol) )?`([^`]+)`/g)].flatMap(([, word, name = ""]) => {
    if (word !== undefined) {
      folder = FOLDERS[word] ?? "";
      beside = folder;
    }
    if (!/\.ts$|\/$/.test(name)) return [];
    const places = name.startsWith("e2e/") ? [name] : [join(folder, name), join(beside, name)];
    const inner = name.includes("/") ? name.slice(0, name.lastIndexOf("/")) : undefined;
    if (inner !== undefined && !name.startsWith("e2e/")) beside = join(folder, inner);
    return [{ name, places }];
  });
}

it("names only files that are there, and a test for each promise", () => {
  const rows = readFileSync(join(ROOT, "docs/guarantees.md"), "utf8")
    .split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("| promise"))
    .map((line) => line.split("|").slice(1, -1));
  expect(rows.length).toBeGreaterThan(30);
  const missing = rows.flat().flatMap((cell) =>
    filesOf(cell)
      .filter(({ places }) => !places.some((place) => existsSync(join(ROOT, place.split("*")[0] ?? ""))))
      .map(({ name }) => name),
  );
  expect(missing).toEqual([]);
  for (const [promise, , proof = ""] of rows) expect(proof, promise).toMatch(/\.(?:test|spec)\.ts`/);
});
