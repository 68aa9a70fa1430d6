import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ApprovalSubject } from "@fairlead/protocol";
import { afterEach, beforeEach, expect, it } from "vitest";
import { withRealPaths } from "./real-paths.ts";

let root: string;
let work: string;

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "fairlead-paths-")));
  work = join(root, "work");
  mkdirSync(join(work, "sub"), { recursive: true });
  mkdirSync(join(root, "etc"));
  writeFileSync(join(root, "etc", "passwd"), "");
  writeFileSync(join(work, "a"), "");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

async function told(subject: ApprovalSubject, folder: string | undefined = work): Promise<ApprovalSubject | undefined> {
  const question = { type: "approval.requested", approval_id: "a", tool: "t", title: "T", options: [], subject } as const;
  return (await withRealPaths({ ...question, options: [] }, folder)).subject;
}
const pathsOf = async (...paths: string[]) => (await told({ paths }))?.paths;

it("tells nothing new of a path that leads where it says, whether or not something is there", async () => {
  for (const path of ["a", "sub/new/file", "sub/../a"]) expect(await pathsOf(join(work, path))).toEqual([join(work, path)]);
  expect(await told({ paths: ["a"], cwd: work })).toEqual({ paths: ["a"], cwd: work });
  expect(await told({ paths: ["~/.ssh/id"] })).toEqual({ paths: ["~/.ssh/id"] });
  expect(await told({ command: "ls" })).toEqual({ command: "ls" });
});

it("tells where a link leads: in the middle, at the end, to something that is not there, and over others", async () => {
  symlinkSync(join(root, "etc"), join(work, "link"));
  symlinkSync("../etc/passwd", join(work, "file"));
  symlinkSync("../etc/new", join(work, "dangling"));
  symlinkSync("dangling", join(work, "over"));
  symlinkSync("loop", join(work, "loop"));
  const etc = (name: string) => join(root, "etc", name);
  expect(await pathsOf(`${work}/link/passwd`)).toEqual([`${work}/link/passwd`, etc("passwd")]);
  expect(await pathsOf(`${work}/link/new/deep`)).toEqual([`${work}/link/new/deep`, etc("new/deep")]);
  expect(await pathsOf(`${work}/a`, `${work}/file`)).toEqual([`${work}/a`, `${work}/file`, etc("passwd")]);
  expect(await pathsOf(`${work}/dangling`)).toEqual([`${work}/dangling`, etc("new")]);
  expect(await pathsOf(`${work}/over`)).toEqual([`${work}/over`, etc("new")]);
  expect(await told({ paths: ["link/passwd"], cwd: work })).toEqual({ paths: ["link/passwd", etc("passwd")], cwd: work });
  expect(await pathsOf(`${work}/loop`)).toEqual([`${work}/loop`]);
  // The system follows the link first, so this is not `work/etc/passwd`.
  expect(await pathsOf(`${work}/link/../etc/passwd`)).toEqual([`${work}/link/../etc/passwd`, etc("passwd")]);
});

it("keeps the name of a working directory that lies behind a link itself", async () => {
  const known = join(root, "known");
  symlinkSync(work, known);
  symlinkSync(join(root, "etc"), join(work, "link"));
  expect(await told({ paths: [join(known, "a")] }, known)).toEqual({ paths: [join(known, "a")] });
  expect(await told({ paths: [join(known, "link/passwd")] }, known)).toEqual({
    paths: [join(known, "link/passwd"), join(root, "etc/passwd")],
  });
  // Whoever goes around by the other name is told by both.
  expect((await told({ paths: [join(work, "a")] }, known))?.paths).toEqual([join(work, "a"), join(known, "a")]);
});

it("tells no more than a question holds, so that the list counts as cut", async () => {
  symlinkSync(join(root, "etc"), join(work, "link"));
  const paths = Array.from({ length: 150 }, (_, at) => `${work}/link/${at}`);
  expect((await told({ paths }))?.paths).toHaveLength(200);
});

it("says so where it cannot be told where a path leads", async () => {
  const deep = join(root, "d".repeat(200));
  mkdirSync(deep);
  symlinkSync(deep, join(work, "link"));
  // Longer than a path may be only where it leads.
  const path = `link/${"n".repeat(4_070 - work.length)}`;
  expect(await told({ paths: ["a", path], cwd: work })).toEqual({
    paths: [join(work, "a"), join(work, path), "(somewhere else)"],
  });
});
