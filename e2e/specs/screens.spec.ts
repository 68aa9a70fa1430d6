/** Every screen at the size of a phone and of a desk, light and dark: nothing too wide, nothing too small, nothing unreadable. */
import type { Locator } from "@playwright/test";
import { onEveryScreen } from "../every-screen.ts";
import { chatOn, expect, test } from "../fixtures.ts";
import { expectAccessible, expectSound } from "../soundness.ts";
import { readAloud, terminalOn } from "../terminal-page.ts";

onEveryScreen(() => {
  test("sign-in, with its complaint", async ({ stranger }) => {
    await stranger.goto("/login");
    await expectAccessible(stranger, "sign-in");
    await stranger.getByLabel("Username").fill("admin");
    await stranger.getByLabel("Password").fill("wrong");
    await stranger.getByRole("button", { name: "Sign in" }).click();
    await expect(stranger.getByText("do not belong together")).toBeVisible();
    await expectSound(stranger, "sign-in that failed");
  });

  test("a conversation with everything in it", async ({ page }) => {
    const chat = chatOn(page);
    await chat.start("Showcase");
    await expectAccessible(page, "an empty conversation");
    for (const act of ["markdown", "colours", "file", "lines 100"]) {
      await chat.say(act);
      await expect(chat.transcript.getByText("Done").last()).toBeVisible();
    }
    await chat.say("fail");
    await expect(chat.transcript.getByRole("region", { name: "Turn failed" })).toBeVisible();
    await chat.say("ask");
    await expect(chat.transcript.getByRole("region", { name: "The agent asks for approval" })).toBeVisible();
    await expectSound(page, "a conversation");
    await chat.transcript.evaluate((region) => {
      region.scrollTop = 0;
    });
    await expect(chat.transcript.getByRole("heading", { name: "A small report" })).toBeVisible();
    await expectSound(page, "the start of a conversation");
  });

  test("agents, sessions, a page that does not exist", async ({ page }) => {
    await chatOn(page).start("Showcase");
    await page.goto("/agents");
    await expect(page.getByRole("button", { name: "Start a session with Showcase" })).toBeVisible();
    await expectSound(page, "agents");
    await page.goto("/");
    await expect(page.getByRole("complementary", { name: "Sessions" }).getByRole("listitem").first()).toBeVisible();
    await expectSound(page, "sessions");
    await page.goto("/nothing/here");
    await expectAccessible(page, "a page that does not exist");
  });
});

test.describe("one thumb", () => {
  test.use({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });

  test("list and conversation are separate screens, targets are large, Enter makes a new line", async ({ page }) => {
    const chat = chatOn(page);
    await chat.start("Showcase");
    await expect(page.getByRole("complementary", { name: "Sessions" })).toBeHidden();
    await chat.field.fill("first");
    await chat.field.press("Enter");
    await chat.field.pressSequentially("second");
    await expect(chat.field).toHaveValue("first\nsecond");
    await chat.send.tap();
    await expect(chat.transcript.getByText("Done")).toBeVisible();

    const small = await page.evaluate(() =>
      [...document.querySelectorAll("button, a, input, textarea, summary")]
        .filter((element) => element.checkVisibility() && element.closest(".sr-only") === null)
        .filter((element) => element.closest(".markdown") === null || element.tagName === "BUTTON")
        .map((element) => ({ name: element.getAttribute("aria-label") ?? element.textContent, box: element.getBoundingClientRect() }))
        .filter(({ box }) => box.height < 43.5 || box.width < 43.5)
        .map(({ name, box }) => `${name} ${Math.round(box.width)}×${Math.round(box.height)}`),
    );
    expect(small).toEqual([]);

    const box = await chat.field.boundingBox();
    expect((box?.y ?? 0) + (box?.height ?? 0)).toBeGreaterThan(660);
    await page.getByRole("link", { name: "Back to the sessions" }).tap();
    await expect(page.getByRole("complementary", { name: "Sessions" })).toBeVisible();
    await page.getByRole("link", { name: "Agents" }).tap();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Who do you want to talk to?");
  });
});

test("the theme follows the system until somebody chooses", async ({ page }) => {
  await page.emulateMedia({ colorScheme: "dark" });
  await page.goto("/");
  await expect(page.locator("html")).toHaveClass(/dark/);
  await page.emulateMedia({ colorScheme: "light" });
  await expect(page.locator("html")).not.toHaveClass(/dark/);
  await page.getByRole("button", { name: "Account and settings" }).click();
  await page.getByRole("menuitemradio", { name: "Dark" }).click();
  await expect(page.locator("html")).toHaveClass(/dark/);
  await page.reload();
  await expect(page.locator("html")).toHaveClass(/dark/);
});

test("sessions and terminals of one title are told apart by when they were opened", async ({ page }) => {
  const chat = chatOn(page);
  const terminal = terminalOn(page);
  await readAloud(page.context());
  for (const _ of ["first", "second"]) {
    await chat.start("Showcase");
    await chat.say("the same words");
    await expect(chat.transcript.getByText("Done")).toBeVisible();
    await terminal.open();
  }
  const opened = /opened (\d\d:\d\d(?::\d\d)?)/;
  const marksOf = async (rows: Locator) => (await rows.allInnerTexts()).map((row) => opened.exec(row)?.[1]);
  const twins = page.getByRole("complementary", { name: "Sessions" }).getByRole("listitem").filter({ hasText: "the same words" });
  await expect(twins).toHaveCount(2);
  await expect(twins.filter({ hasText: opened })).toHaveCount(2);
  expect(new Set(await marksOf(twins)).size).toBe(2);
  const tabs = page.getByRole("navigation", { name: "Open terminals" }).getByRole("link");
  await expect(tabs).toHaveText([/^Shell\d\d:\d\d/, /^Shell\d\d:\d\d/]);
  expect(new Set(await tabs.allInnerTexts()).size).toBe(2);
  await page.goto("/terminals");
  const rows = page.getByRole("region", { name: "Open now" }).getByRole("listitem").filter({ hasText: "Shell on Workbench" });
  await expect(rows.filter({ hasText: opened }).nth(1)).toBeVisible();
  const marks = await marksOf(rows);
  expect(new Set(marks).size).toBe(marks.length);
});
