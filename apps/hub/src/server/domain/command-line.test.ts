/** Lines are taken apart as Bash would run them: what is called exact was run so by a real Bash, and nothing else. */
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CommandLine, takeApart as takeApartIn } from "./command-line.ts";
import { everyCommandFits as everyFits, readWords, someCommandFits as someFits } from "./command-match.ts";

const takeApart = (command: string | readonly string[]) => takeApartIn(command, undefined);
const everyCommandFits = (patterns: readonly string[], line: CommandLine) => everyFits(readWords(patterns), line);
const someCommandFits = (patterns: readonly string[], line: CommandLine) => someFits(readWords(patterns), line);
const words = ({ commands }: CommandLine) => commands.map((command) => command.words);

describe("a line of fixed words", () => {
  it.each([
    ["git status", [["git", "status"]]],
    ["  git   status  ", [["git", "status"]]],
    ["git commit -m 'a b' --author=\"c d\"", [["git", "commit", "-m", "a b", "--author=c d"]]],
    ["git log HEAD~1 HEAD^ a:b --x=y", [["git", "log", "HEAD~1", "HEAD^", "a:b", "--x=y"]]],
    ["echo a\\ b '' \"\"", [["echo", "a b", "", ""]]],
    ["make CC=gcc all", [["make", "CC=gcc", "all"]]],
    ["npm test && git diff || git status; ls", [["npm", "test"], ["git", "diff"], ["git", "status"], ["ls"]]],
    ["a | b | c &", [["a"], ["b"], ["c"]]],
    ["(a; b) && { c; }", [["a"], ["b"], ["c"]]],
    ["! a", [["a"]]],
    ["a 2>&1 >/dev/null </dev/null", [["a"]]],
    ["a &>/dev/null", [["a"]]],
    ["a\nb", [["a"], ["b"]]],
    ["a \\\n b", [["a", "b"]]],
    ["a # b; rm", [["a"]]],
    ["echo '$HOME' \\$x '*' \"it's\"", [["echo", "$HOME", "$x", "*", "it's"]]],
    ["[ -f x ]", [["[", "-f", "x", "]"]]],
  ])("%s", (line, expected) => {
    const read = takeApart(line);
    expect(words(read)).toEqual(expected);
    expect(read).toMatchObject({ exact: true, hidden: false });
  });
});

/** Each of these runs something else than its words say, or something besides. */
const TRICKY = [
  "",
  "# only a comment",
  "git status $(rm -rf x)",
  "git status `rm -rf x`",
  'git status "$(rm -rf x)"',
  "git status <(rm -rf x)",
  "git status $X",
  'git status "$X"',
  `git status \${X:-$(rm x)}`,
  "git status $((1+1))",
  "git status *",
  "git status ?",
  "git status [ab]",
  "git status @(a|b)",
  "git status {a,b}",
  "git status {1..3}",
  "git status ~",
  "git status ~root/x",
  "git status a=~",
  "git status $'a\\x41'",
  'git status $"a"',
  "git status > out",
  "git status >> out",
  "git status 2> out",
  "git status < in",
  "git status &> out",
  "git status >| out",
  "git status >&out",
  "git status > /dev/null/../x",
  "git status <<< x",
  "git status <<E\n$(rm x)\nE",
  "X=1 git status",
  "PATH=. git status",
  "X=1",
  "git() { rm -rf x; }; git status",
  "function git { rm x; }; git status",
  "if a; then git status; fi",
  "for x in a; do git status; done",
  "while a; do git status; done",
  "case a in a) git status;; esac",
  "[[ a ]] && git status",
  "((x)) && git status",
  "coproc git status",
  "time git status",
  "git status |& cat",
  "eval git status",
  "eval 'git status'",
  "source x",
  ". x",
  "alias git=rm; git status",
  "trap 'rm x' EXIT; git status",
  "git status 'unterminated",
  "git status && ",
  "(git status",
  "git status )",
  "cat x | sh",
  "=git status",
  "git status \u0000",
  "git status\r",
  "git status \u001b[2K",
  `git status ${"x".repeat(5_000)}`,
];

describe("a line that does more than run fixed words", () => {
  it.each(TRICKY)("is not exact: %j", (line) => {
    expect(takeApart(line).exact).toBe(false);
    expect(everyCommandFits(["**"], takeApart(line))).toBe(false);
  });
});

describe("an argument list", () => {
  it("is one command whose words are not read again", () => {
    const read = takeApart(["git", "status", "$(rm x)", ";", "ls"]);
    expect(words(read)).toEqual([["git", "status", "$(rm x)", ";", "ls"]]);
    expect(read.exact).toBe(true);
  });

  it("is seen through when it is a shell that runs one text", () => {
    for (const shell of ["bash", "/bin/sh", "/usr/bin/zsh"]) {
      for (const options of [["-c"], ["-lc"], ["-l", "-c"]]) {
        expect(everyCommandFits(["git", "status"], takeApart([shell, ...options, "git status"]))).toBe(true);
      }
    }
    for (const argv of [
      ["./bash", "-c", "git status"],
      ["/tmp/bin/sh", "-c", "git status"],
      ["bash", "--rcfile", "x", "-ic", "git status"],
      ["bash", "-c", "git status", "x"],
      ["bash", "-c", "git status; rm x"],
      ["bash", "-c", "git status > x"],
      ["sudo", "bash", "-c", "git status"],
      ["env", "PATH=.", "git", "status"],
    ]) {
      expect(everyCommandFits(["git", "status"], takeApart(argv)), argv.join(" ")).toBe(false);
    }
  });

  it("is opaque when what it runs stands elsewhere", () => {
    for (const argv of [["bash"], ["/bin/sh", "-s"], ["bash", "--norc"], ["env", "-iS", "rm x"], ["eval", "$X"]]) {
      expect(someCommandFits(["rm", "**"], takeApart(argv)), argv.join(" ")).toBe("maybe");
      expect(everyCommandFits(["**"], takeApart(argv)), argv.join(" ")).toBe(false);
    }
  });
});

describe("every command fits", () => {
  it.each([
    [["git", "status"], "git status", true],
    [["git", "status"], "git status --short", false],
    [["git", "status", "**"], "git status --short -b", true],
    [["git", "status", "**"], "git status", true],
    [["git", "sta*"], "git status", true],
    [["git", "**"], "git status && git diff | git apply", true],
    [["git", "**"], "git status && rm x", false],
    [["git", "**"], "git status; $(git diff)", false],
    [["git", "**"], "/tmp/git status", false],
    [["npm", "run", "*"], "npm run", false],
    [["echo", "\\*"], "echo '*'", true],
    [["echo", "\\*"], "echo 'x'", false],
    [["git", "status"], "bash -c 'git status'", true],
    [["git", "status"], 'bash -c "git status $X"', false],
  ] as const)("%j %s: %s", (patterns, line, expected) => {
    expect(everyCommandFits(patterns, takeApart(line))).toBe(expected);
  });
});

describe("some command fits", () => {
  const RM = ["rm", "**"];
  it.each([
    "rm x",
    "/bin/rm x",
    "\\rm x",
    "r'm' x",
    "ls; rm x",
    "ls && (rm x)",
    "ls | rm x",
    "echo $(rm x)",
    'echo "`rm x`"',
    "cat <(rm x)",
    "if true; then rm x; fi",
    "for a in b; do rm $a; done",
    "f() { rm x; }",
    "X=1 rm x",
    "rm $X > out",
    "sudo rm x",
    "sudo -u root -E rm x",
    "env A=1 B=2 rm x",
    "env -u A rm x",
    "timeout 5 rm x",
    "timeout -s KILL 5s rm x",
    "nice -n 5 nohup rm x",
    "ls | xargs rm",
    "ls | xargs -n 1 rm x",
    "command rm x",
    "sh -c 'rm x'",
    "bash -lc 'ls; rm x'",
    "sudo bash -c \"sh -c 'rm x'\"",
    "eval rm x",
    "eval 'rm x'",
    "watch -n 5 'rm x'",
    "find . -name a -exec rm {} +",
    "find . -exec sh -c 'rm x' \\;",
    "su -c 'rm x' root",
    `echo \${X:-$(rm x)}`,
    "cat <<E\n$(rm x)\nE",
    "while rm x; do :; done",
    "coproc rm x",
    "rm x 'unterminated",
    "bash -ce 'rm x'",
    "bash -c -e 'rm x'",
    "bash -c -- 'rm x'",
    "bash -c - 'rm x'",
    "bash -euo pipefail -c 'rm x'",
    "bash -co pipefail 'rm x'",
    "bash --norc --noprofile -c 'rm x'",
    "parallel -j 4 'rm {}' ::: x",
  ])("finds rm in %j", (line) => {
    expect(someCommandFits(RM, takeApart(line))).toBe("yes");
  });

  it.each([
    "$X x",
    "$(echo rm) x",
    'eval "$X"',
    "source x",
    "echo rm | sh",
    "cat x | bash -s",
    "bash <<< 'ls'",
    'sh -c "$X"',
    "alias x=rm",
    "env -S 'rm x'",
    "env -iS 'rm x'",
    "env -vS 'rm x'",
    "env --split='rm x'",
    "bash --rcfile y -c 'rm x'",
    "bash -O extglob -c 'rm x'",
    "bash +e -c 'rm x'",
    "bash $X 'rm x'",
    "bash -c",
    "bash -s y",
    "bash -",
    "sudo bash",
    "sudo --login-class x rm y",
    "ls 'unterminated",
    `echo ${"x".repeat(5_000)}`,
  ])("cannot tell of %j", (line) => {
    expect(someCommandFits(RM, takeApart(line))).toBe("maybe");
  });

  it("is not looked for in a line of more commands than anybody reads", () => {
    for (const line of ["a;".repeat(64), "sh -c 'a; a; a';".repeat(16)]) expect(takeApart(line).hidden, line).toBe(false);
    for (const line of ["a;".repeat(65), "a;".repeat(2_000), "sh -c 'a; a; a';".repeat(17)]) {
      expect(takeApart(line), line).toMatchObject({ commands: [], exact: false });
      expect(everyCommandFits(["**"], takeApart(line))).toBe(false);
      expect(someCommandFits(RM, takeApart(line))).toBe("maybe");
    }
  });

  it.each(["ls", "echo rm", "grep rm x", "ls > rm", "git rm x", "echo 'rm x'", "cat rm.txt # rm x", "ls *.rm $X", "bash y.sh -c 'rm x'"])(
    "finds none in %j",
    (line) => {
      expect(someCommandFits(RM, takeApart(line))).toBe("no");
    },
  );
});

describe("words of a rule that forbids", () => {
  it.each<[string[], string, string]>([
    [["git", "push", "**"], "git -C . push", "maybe"],
    [["git", "push", "**"], "git -c a=b push origin", "maybe"],
    [["git", "push", "**"], "/usr/bin/git --no-pager -C . push", "maybe"],
    [["git", "push", "**"], "sudo git -C . push", "maybe"],
    [["git", "push", "**"], "git -C $X push", "maybe"],
    [["git", "push"], "git -C . push", "maybe"],
    [["docker", "compose", "up", "**"], "docker -c compose compose -f x up -d", "maybe"],
    [["git", "push", "**"], `git ${"-c a=b ".repeat(40)}log`, "maybe"],
    [["git", "push", "**"], "git push -v", "yes"],
    [["git", "push", "**"], "git -C . log push", "no"],
    [["git", "push", "**"], "git log --oneline push", "no"],
    [["git", "push", "**"], "git log $X", "no"],
    [["git", "push"], "git push -v", "no"],
    [["git", "push"], "git -C . push -v", "no"],
  ])("%j in %j: %s", (patterns, line, expected) => {
    expect(someCommandFits(patterns, takeApart(line))).toBe(expected);
    if (expected === "maybe") expect(everyCommandFits(patterns, takeApart(line))).toBe(false);
  });
});

/** Runs a line in Bash where no program exists, and lists the words of everything it would have run. */
function runByBash(line: string): string[][] {
  const handler = 'command_not_found_handle() { printf "%s\\0" "$#" "$@" >&9; }';
  const script = `PATH=/nowhere\n${handler}\nexec 9>&1 >/dev/null 2>/dev/null\n${line}\nwait`;
  const { stdout } = spawnSync("bash", ["--norc", "--noprofile", "-c", script], { cwd: tmpdir(), encoding: "utf8", input: "" });
  const found: string[][] = [];
  const parts = stdout.split("\0");
  for (let at = 0; at < parts.length - 1; ) {
    const count = Number(parts[at]);
    found.push(parts.slice(at + 1, at + 1 + count));
    at += 1 + count;
  }
  return found;
}

/** What lines are thrown together from; the first three rows alone make exact lines. */
const PIECES = [
  ["aa", "bb", "xx", "'q r'", '"s t"', "\\;", "\\\\", "\\'", "a\\ b", "''", '""', "'\\'", '"\\\\"', '"\\""', '"a\'b"', "'a\"b'", "a#b"],
  [";", "&&", "||", "|", "&", "(", ")", "{", "}", "!", "\n", "\\\n", "2>&1", ">/dev/null", "#", "\t", " "],
  ["-c", "--", "%", "^", "@", "+", ",", ":", "a=b", "a:b", "x@y", "=", "]", "["],
  [
    ">",
    "<",
    ">>",
    "<<<",
    "<<",
    "$a",
    "$(a)",
    "`a`",
    "*",
    "?",
    "[a]",
    "{a,b}",
    "~",
    "=a",
    "a=~",
    "$'a'",
    '$"a"',
    "if",
    "then",
    "fi",
    "do",
    "done",
  ],
];

describe("against a real Bash", () => {
  const piece = fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...PIECES.slice(0, 3).flat()) }, fc.constantFrom(...PIECES.flat()));
  const spaced = fc.tuple(piece, fc.constantFrom(" ", " ", " ", ""));
  const line = fc.array(spaced, { minLength: 1, maxLength: 9 }).map((parts) => parts.flat().join(""));

  it("runs nothing but what an exact line is said to run", () => {
    let ran = 0;
    const check = (text: string) => {
      const read = takeApart(text);
      if (!read.exact) return;
      const said = new Set(read.commands.map((command) => JSON.stringify(command.words)));
      for (const found of runByBash(text)) {
        ran += 1;
        expect(said, JSON.stringify(text)).toContain(JSON.stringify(found));
      }
    };
    fc.assert(fc.property(line, check), { numRuns: 500 });
    expect(ran).toBeGreaterThan(40);
  }, 120_000);
});
