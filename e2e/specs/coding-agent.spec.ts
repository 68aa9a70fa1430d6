/** A coding agent on the screen: what it does, changes and offers, on a desk and with one thumb. Its runtime is played by the test. */
import { CODER, greeting, optionsWith, playStory, WORK_DIR } from "../coding-story.ts";
import { test as base, chatOn, expect } from "../fixtures.ts";
import { type ScriptedRuntime, startScriptedRuntime } from "../harness/scripted-runtime.ts";
import { SCRIPTED } from "../site.ts";
import { expectSound } from "../soundness.ts";

const test = base.extend<{ readonly coder: ScriptedRuntime }>({
  /** A session with the played agent, open on the page and introduced. */
  coder: [
    async ({ site, page }, provide) => {
      const runtime = await startScriptedRuntime({
        port: site.hubPort,
        id: SCRIPTED.runtime_id,
        token: SCRIPTED.token,
        endpoints: [CODER],
        play: playStory,
        configure: ({ option_id, value_id }) => [optionsWith({ [option_id]: value_id })],
      });
      const { id } = await site.api.operations["sessions.create"]({ endpoint_id: CODER.id, title: "Bound the timetables" });
      runtime.tell(id, ...greeting(), { type: "session.located", work_dir: WORK_DIR, branch: "fairlead/bound" });
      await page.goto(`/sessions/${id}`);
      await page.getByRole("button", { name: "Attach files" }).waitFor();
      await provide(runtime);
      await runtime.close();
    },
    { auto: true },
  ],
});

for (const [device, viewport, scheme] of [
  ["phone", { width: 360, height: 740 }, "dark"],
  ["desk", { width: 1440, height: 900 }, "light"],
] as const) {
  test.describe(device, () => {
    test.use({ viewport, colorScheme: scheme, hasTouch: device === "phone", isMobile: device === "phone" });

    test("folds a turn of work into lines that open to commands, output and diffs", async ({ page }) => {
      const { say, transcript } = chatOn(page);
      await say("work");
      await expect(transcript.getByText("shall I add it?")).toBeVisible();
      const steps = transcript.getByRole("region", { name: "8 steps" });
      await expect(steps.getByRole("button", { name: /^8 steps 3 reads, 1 search, 1 sub-agent, 2 edits, 1 command/ })).toBeVisible();
      await expect(steps.getByRole("button", { name: /^Read src/ })).toHaveCount(0);
      await expect(transcript.getByText("Trying again:")).toBeVisible();
      await expect(page.getByRole("button", { name: /4\/4/ })).toBeVisible();
      await expectSound(page, "a coding agent's page");

      await steps.getByRole("button", { name: /npx vitest run.*exit 1/ }).click();
      await expect(steps.getByRole("region", { name: "Command" })).toContainText("npm run lint -- --max-warnings 0");
      await expect(steps.getByRole("region", { name: "Output" })).toContainText("15 passed");
      await steps.getByRole("button", { name: /npx vitest run.*exit 1/ }).click();

      await steps.getByRole("button", { name: /^Edit src\/lamp.ts/ }).click();
      const diff = steps.getByRole("region", { name: "Changes in src/lamp.ts" });
      await expect(diff.getByText("MOST_BYTES = ")).toBeVisible();
      await expect(diff.locator(".hljs-keyword").first()).toBeVisible();
      await expectSound(page, "a coding agent's page");

      await steps.getByRole("button", { name: /^8 steps/ }).click();
      await steps.getByRole("button", { name: /^Explore how/ }).click();
      await expect(steps.getByRole("list", { name: "What the sub-agent did" }).getByText("The lens wraps every error")).toBeVisible();
      await expectSound(page, "a coding agent's page");
    });

    test("shows all that was changed", async ({ page }) => {
      const { say, transcript } = chatOn(page);
      await page.getByRole("button", { name: "Changes" }).click();
      await expect(page.getByText("No file was changed yet.")).toBeVisible();
      await page.getByRole("button", { name: /^Close/ }).click();
      await say("large");
      await expect(transcript.getByText("Done", { exact: true })).toBeVisible();
      await expect(page.getByRole("button", { name: /^Changes/ })).toHaveText(/^\s*Changes\s*\+1,200/);
      await page.getByRole("button", { name: "Changes" }).click();
      const files = page.getByRole("region", { name: "Changed files" });
      await expect(files).toContainText("1 file changed");
      await files.getByRole("button", { name: "Show all 1,200 lines" }).click();
      const patch = files.getByRole("region", { name: "Patch of" });
      await expect.poll(() => patch.evaluate((frame) => frame.scrollHeight)).toBeGreaterThan(1_200 * 15);
      await patch.evaluate((frame) => frame.scrollTo({ top: frame.scrollHeight }));
      await expect(files.getByText("value1199")).toBeVisible();
      await expectSound(page, "a coding agent's page");
    });

    test("takes more while it works, in the running turn or after it, and stops", async ({ page }) => {
      const { say, field, transcript } = chatOn(page);
      await say("wait");
      const running = transcript.getByText("npm run build…");
      await expect(running).toBeVisible();
      await field.fill("also the docs");
      await expectSound(page, "a coding agent's page");
      await page.getByRole("button", { name: "Steer now" }).click();
      await expect(transcript.getByText("Sent into the running turn")).toBeVisible();
      await say("and then this");
      await expect(transcript.getByText("In the queue · next in line")).toBeVisible();
      await transcript.getByRole("button", { name: "Cancel" }).click();
      await expect(transcript.getByText("Cancelled")).toBeVisible();
      await page.getByRole("button", { name: "Stop" }).click();
      await expect(running).toBeHidden();
      await expect(transcript.locator('[data-status="interrupted"]')).toBeVisible();
    });

    test("says what to do where it is signed out, and tries again", async ({ page }) => {
      const { say, transcript } = chatOn(page);
      await say("signed out");
      const card = transcript.getByRole("region", { name: "Turn failed" });
      await expect(card).toContainText("Run on Stage:");
      await expect(card).toContainText("coder login --device");
      await expectSound(page, "a coding agent's page");
      await card.getByRole("button", { name: "Try again" }).click();
      await expect(card).toHaveCount(2);
    });
  });
}

test("offers the agent's commands and options", async ({ page }) => {
  const { field, transcript } = chatOn(page);
  await field.fill("/re");
  const list = page.getByRole("listbox", { name: "Commands" });
  await expect(list.getByRole("option").first()).toContainText("/review");
  await expectSound(page, "a coding agent's page");
  await field.press("ArrowDown");
  await field.press("ArrowUp");
  await field.press("Enter");
  await expect(field).toHaveValue("/review ");
  await expect(list).toBeHidden();
  await field.fill("/");
  await field.press("Escape");
  await expect(list).toBeHidden();

  await page.getByRole("button", { name: /Model: Large 5/ }).click();
  await page.getByRole("menuitemradio", { name: /Small 5/ }).click();
  await expect(page.getByRole("button", { name: /Model: Small 5/ })).toBeVisible();
  await expect(transcript.getByText("admin set model to Small 5")).toBeVisible();
});

test("carries files, pasted or chosen, and shows them with the message", async ({ page }) => {
  const { field, send, transcript } = chatOn(page);
  const picture = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");
  await page.getByLabel("Files to attach").setInputFiles([
    { name: "lamp.png", mimeType: "image/png", buffer: picture },
    { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("hello") },
  ]);
  const chips = page.getByRole("list", { name: "Files for this message" });
  await expect(chips.getByText("5 B", { exact: true })).toBeVisible();
  await chips.getByRole("button", { name: "Remove notes.txt" }).click();
  await field.evaluate((area) => {
    const data = new DataTransfer();
    data.items.add(new File(["text"], "pasted.md", { type: "text/markdown" }));
    area.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
  });
  await expect(chips.getByText("4 B", { exact: true })).toBeVisible();
  await field.fill("Look at these");
  await send.click();
  const files = transcript.getByRole("list", { name: "Attached files" });
  await expect(files.getByRole("link", { name: /lamp.png/ })).toBeVisible();
  await expect(files.getByRole("link", { name: /pasted.md/ })).toBeVisible();
  await expect(chips).toBeHidden();
  const response = await page.request.get((await files.getByRole("link", { name: /lamp.png/ }).getAttribute("href")) ?? "");
  expect(Buffer.compare(await response.body(), picture)).toBe(0);
});
