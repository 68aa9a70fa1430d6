import type { ToolKind } from "@fairlead/protocol";
import { describe, expect, it } from "vitest";
import { subjectOf as acpSubject } from "./acp/permissions.ts";
import { subjectOf as piSubject } from "./pi-tools.ts";

const PLACE = { cwd: "/work", home: "/home/me" };
const acp = (kind: ToolKind, input: object, paths: string[] = []) => acpSubject({ kind, input: { ...input }, paths }, "/work");

describe("what a call touches", () => {
  it("is, of a command, the command alone, whatever else the model writes beside it", () => {
    const extra = { path: "/work/a", file_path: "/work/b", dir_path: "/work", url: "https://example.com" };
    expect(piSubject("bash", { command: "rm -rf ~", ...extra }, PLACE)).toEqual({ cwd: "/work", command: "rm -rf ~" });
    expect(acp("execute", { command: "rm -rf ~", ...extra }, ["/work/a"])).toEqual({ cwd: "/work", command: "rm -rf ~" });
    expect(acp("execute", { script: "rm -rf ~", ...extra }, ["/work/a"])).toEqual({});
  });

  it("is, of a command that an unknown tool is given, all that stands beside it, too: a rule that refuses must see both", () => {
    const beside = { file_path: "../etc/x", options: { to: "/etc/y" }, url: "https://example.com/z", description: "/not/this" };
    expect(acp("other", { command: "create", cwd: "sub", ...beside }, ["/work/a"])).toEqual({
      command: "create",
      cwd: "/work/sub",
      paths: ["/work/a", "/work/sub", "/etc/x", "/etc/y"],
      hosts: ["example.com"],
    });
    expect(acp("other", { cmd: ["rm", "/etc/x"] })).toEqual({ command: ["rm", "/etc/x"], cwd: "/work" });
    // What cannot be told leaves all in doubt.
    expect(acp("other", { command: "ls", to: `/${"x".repeat(4_096)}` })).toEqual({});
    expect(acp("other", { command: "ls", url: "http://[" })).toEqual({});
    expect(acp("other", { command: "ls", cmd: "rm -rf /" })).toEqual({});
    expect(acp("other", { command: "show", path: "~/.ssh/id" })).toEqual({ command: "show", paths: ["~/.ssh/id"] });
  });

  it("is not told of tools of which nobody knows what they do with a path or an address", () => {
    expect(piSubject("deploy", { path: "/work/a", url: "https://example.com" }, PLACE)).toEqual({ cwd: "/work" });
    expect(acp("other", { path: "/work/a", url: "https://example.com" }, ["/work/a"])).toEqual({});
  });

  it.each([
    ["move", { path: "/work/a", destination: "/etc/x" }, ["/work/a", "/etc/x"]],
    ["move", { path: "a", into: "b" }, ["/work/a", "/work/b"]],
    ["edit", { filePath: "a", newPath: "../b", old_string: "/etc/passwd", content: "~" }, ["/work/a", "/b"]],
    ["read", { path: "/work/a", options: { also: ["/etc/x", "plain"] }, limit: 3 }, ["/work/a", "/etc/x"]],
    ["read", { uri: "file:///etc/my%20x", description: "reads /work" }, ["/etc/my x"]],
    ["edit", { path: "x://../../etc/x", file_path: "/work/a" }, ["/etc/x", "/work/a"]],
    ["read", { path: "file:///etc/x" }, ["/work/file:/etc/x", "/etc/x"]],
    ["search", { pattern: "x", dir_path: "~/.ssh" }, ["~/.ssh"]],
    ["search", { pattern: "/etc/**" }, ["/etc/**"]],
    ["read", { path: "/work/a", also: `/${"x".repeat(4_096)}`, to: `/${"x".repeat(4_096)}` }, undefined],
  ] as const)("is every path of a call to %s, under whatever key (%#)", (kind, input, paths) => {
    expect(acp(kind, input).paths).toEqual(paths);
  });

  it("is every path that a tool of pi names, as pi finds it", () => {
    expect(piSubject("edit", { path: "@a", file_path: "~/b", edits: [{ oldText: "/etc", newText: "~" }] }, PLACE)).toEqual({
      cwd: "/work",
      paths: ["/work/a", "/home/me/b"],
    });
  });

  it("is every host, or none where one cannot be read", () => {
    expect(acp("fetch", { url: "https://a.example/x", prompt: "as in b", mirror: "http://b.example:81/" }).hosts).toEqual([
      "a.example",
      "b.example",
    ]);
    expect(acp("fetch", { urls: ["a.example/x"] }).hosts).toEqual(["a.example"]);
    expect(acp("fetch", { url: "https://a.example", urls: ["http://["] }).hosts).toBeUndefined();
  });
});
