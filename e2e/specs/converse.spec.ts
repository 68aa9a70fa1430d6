/** A conversation with each of the demo's agents, as a newcomer would hold it. */
import { readFileSync } from "node:fs";
import { expect, test } from "../fixtures.ts";

test("a shell: both outputs told apart, colours, state kept between messages", async ({ chat }) => {
  await chat.start("Bash Shell");
  await chat.say("cd /tmp; echo to out; echo to err >&2; printf '\\033[32mgreen\\033[0m\\n'");
  const output = chat.transcript.getByRole("region", { name: "Output", exact: true });
  await expect(output.filter({ hasText: "to out" })).toBeVisible();
  await expect(chat.transcript.getByRole("region", { name: "Error output" }).filter({ hasText: "to err" }).first()).toBeVisible();
  await expect(output.locator(".ansi-fg-green")).toHaveText("green");
  await expect(chat.transcript.getByText("Done")).toBeVisible();
  await chat.say("pwd");
  await expect(output.filter({ hasText: "/tmp" })).toBeVisible();
});

test("a Python REPL", async ({ chat }) => {
  await chat.start("Python REPL");
  await chat.say("print(6 * 7)");
  await expect(chat.transcript.getByText("42", { exact: false }).first()).toBeVisible();
  await expect(chat.transcript.getByText("Done")).toBeVisible();
});

test("a job, with its exit code and time", async ({ chat }) => {
  await chat.start("Date Job");
  await chat.say("+%Y-%m-%d");
  await expect(chat.transcript.getByText(/exit \d+/)).toBeVisible();
  await expect(chat.transcript.getByText(/\d(\.\d)? s$/)).toBeVisible();
});

test("a test runner: whatever it finds, its outcome is shown", async ({ chat }) => {
  await chat.start("Go Test Runner");
  await chat.say("run");
  await expect(chat.transcript.getByText(/exit \d+/)).toBeVisible({ timeout: 45_000 });
});

test("an HTTP service, streamed", async ({ chat }) => {
  await chat.start("HTTP Echo");
  await chat.say("good morning");
  await expect(chat.transcript.getByText("You said: good morning")).toBeVisible();
  await expect(chat.transcript.getByText("Done")).toBeVisible();
});

test("an external agent that asks for permission", async ({ chat }) => {
  await chat.start("Sample Agent");
  await chat.say("delete notes.txt");
  const card = chat.transcript.getByRole("region", { name: "The agent asks for approval" });
  await expect(card).toContainText("Delete notes.txt");
  await expect(chat.page).toHaveTitle(/^\(1\) \? /);
  await card.getByRole("button", { name: /Allow/ }).first().click();
  const settled = chat.transcript.getByRole("region", { name: "Approval", exact: true });
  await expect(settled).toContainText("Delete notes.txt");
  await expect(settled).toContainText(/Allowed by admin · \d\d:\d\d/);
  await expect(chat.transcript.getByText(/I would delete/)).toBeVisible();
  await expect(chat.page).not.toHaveTitle(/\?/);
});

test("Markdown is drawn, code highlighted, raw HTML shown as text", async ({ chat }) => {
  await chat.start("Showcase");
  await chat.say("markdown");
  const answer = chat.transcript.getByRole("article", { name: "Answer" });
  await expect(answer.getByRole("heading", { name: "A small report" })).toBeVisible();
  await expect(answer.getByRole("table")).toBeVisible();
  await expect(answer.locator("code .hljs-keyword").first()).toHaveText("export");
  await expect(answer.getByText("<script>window.hacked = true</script>")).toBeVisible();
  expect(await chat.page.evaluate(() => "hacked" in window)).toBe(false);
  await chat.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await answer.getByRole("button", { name: "Copy code" }).click();
  await expect(answer.getByRole("button", { name: "Copied" })).toBeVisible();
  expect(await chat.page.evaluate(() => navigator.clipboard.readText())).toContain("export function add(a: number, b: number)");
});

test("files and failures say what they are and what to do", async ({ chat }) => {
  await chat.start("Showcase");
  await chat.say("file");
  await expect(chat.transcript.getByText("report.txt", { exact: true })).toBeVisible();
  await chat.say("fail");
  const failure = chat.transcript.getByRole("region", { name: "Turn failed" });
  await expect(failure).toContainText("the model is not loaded");
  await expect(chat.transcript.getByRole("button", { name: "Send again" })).toBeVisible();
});

test("what an agent makes comes over: a picture to look at, a file to download, and what stays says why", async ({ chat }) => {
  await chat.start("Showcase");
  await chat.say("picture");
  const picture = chat.transcript.getByRole("figure", { name: "Picture plot.png" });
  const shown = picture.getByRole("img", { name: "plot.png" });
  await expect(shown).toBeVisible();
  await expect.poll(() => shown.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(1_200);
  for (const width of [360, 1_440]) {
    await chat.page.setViewportSize({ width, height: 800 });
    const box = await picture.boundingBox();
    expect(box?.width).toBeLessThanOrEqual(width);
    expect(box?.height).toBeLessThanOrEqual(360);
    expect(await chat.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  }
  await picture.getByRole("button", { name: "Open plot.png" }).focus();
  await chat.page.keyboard.press("Enter");
  const dialog = chat.page.getByRole("dialog", { name: "plot.png" });
  await expect(dialog.getByRole("img", { name: "plot.png" })).toBeVisible();
  await expect(dialog.getByRole("link", { name: "Download" })).toHaveAttribute("download", "plot.png");
  await chat.page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();

  await chat.say("file");
  const row = chat.transcript.getByRole("region", { name: "File report.txt" });
  const arriving = chat.page.waitForEvent("download");
  await row.getByRole("link", { name: "Download report.txt" }).click();
  const download = await arriving;
  expect(download.suggestedFilename()).toBe("report.txt");
  expect(readFileSync(await download.path(), "utf8")).toBe("All is well.\n");

  await chat.say("large");
  await expect(chat.transcript.getByRole("region", { name: "File film.mp4" })).toContainText("Too large to bring over");
});

test("the place of a picture is kept while it is on its way, and one that is gone says so", async ({ chat }) => {
  await chat.start("Showcase");
  let found = false;
  await chat.page.route("**/api/sessions/*/files/*", (route) => (found ? route.continue() : route.abort()));
  await chat.say("picture");
  const picture = chat.transcript.getByRole("figure", { name: "Picture plot.png" });
  const lost = picture.getByRole("button", { name: "It is gone, or the hub is away. Try again" });
  await expect(lost).toBeVisible();
  const before = await picture.boundingBox();
  found = true;
  await lost.click();
  await expect(picture.getByRole("img", { name: "plot.png" })).toBeVisible();
  expect((await picture.boundingBox())?.height).toBe(before?.height);
});

test("long output is folded, and all of it is a tap away", async ({ chat }) => {
  await chat.start("Showcase");
  await chat.say("lines 300");
  const output = chat.transcript.getByRole("region", { name: "Output", exact: true });
  await expect(output).toContainText("line 300 of 300");
  await expect(output).not.toContainText("line 150 of 300");
  await output.getByRole("button", { name: "Show all 300 lines" }).click();
  await expect(output).toContainText("line 150 of 300");
  await output.getByRole("button", { name: "Show less" }).click();
  await expect(output).not.toContainText("line 150 of 300");
});

test("an agent that cannot run is listed with the reason, and cannot be chosen", async ({ chat }) => {
  await chat.page.goto("/agents");
  const card = chat.page.getByRole("button", { name: "Missing Tool is unavailable" });
  await expect(card).toBeDisabled();
  await expect(card).toContainText("no-such-command-anywhere");
});
