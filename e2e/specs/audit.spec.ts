/** The audit trail as an admin reads it: who did what, filtered from the address, on every screen; and what others see of it. */
import type { Page } from "@playwright/test";
import { onEveryScreen } from "../every-screen.ts";
import { chatOn, expect, signInWith, test } from "../fixtures.ts";
import { expectSound } from "../soundness.ts";
import { readAloud, terminalOn } from "../terminal-page.ts";

const entries = (page: Page) => page.getByRole("list", { name: "Entries" }).getByRole("listitem");

test("tells what was done and by whom, in plain words, with a way to the session, and nothing of what was said", async ({ chat }) => {
  const { page } = chat;
  await chat.start("Showcase");
  // The first message gives the session its title.
  await chat.say("hello");
  await chat.say("a word that stays in the session");
  await expect(chat.transcript.getByText("a word that stays in the session").last()).toBeVisible();
  await expect(chat.transcript.getByText("Done")).toHaveCount(2);
  await page.goto("/");
  await page.getByRole("button", { name: "Account and settings" }).click();
  await page.getByRole("menuitem", { name: "Audit" }).click();
  await expect(page.getByRole("heading", { name: "Audit", level: 1 })).toBeVisible();
  const sent = entries(page).first();
  await expect(sent).toContainText("admin · Send a message of 32 characters");
  await expect(sent).toContainText("from 127.0.0.1");
  await expect(sent).toContainText("Done");
  await expect(sent.locator("time")).toHaveAttribute("title", /^\d+ [A-Z][a-z]{2} \d{4}, \d\d:\d\d:\d\d$/);
  await expect(entries(page).nth(2)).toContainText("Start a session with Showcase");
  await expect(page.getByRole("list", { name: "Entries" })).not.toContainText("stays in the session");
  await sent.getByRole("link").click();
  await page.waitForURL(/\/sessions\//);
  await expect(chat.transcript.getByText("a word that stays in the session").first()).toBeVisible();
});

test("is filtered by person, kind and session, and the address says how", async ({ page, site, stranger }) => {
  const who = { username: "carol.of.audit", password: "another-horse-battery" };
  await site.api.operations["users.create"](who);
  await stranger.goto("/login");
  await signInWith(stranger, { ...who, password: "wrong" });
  await expect(stranger.getByText("do not belong together")).toBeVisible();
  await signInWith(stranger, who);
  await stranger.waitForURL((url) => url.pathname === "/");
  await chatOn(stranger).start("Showcase");
  await chatOn(stranger).say("hello");
  await expect(chatOn(stranger).transcript.getByText("Done").last()).toBeVisible();

  await page.goto("/audit?operation=auth.");
  await expect(page.getByLabel("What")).toHaveValue("auth.");
  await expect(entries(page).nth(1)).toContainText("Somebody as “carol.of.audit” · Sign in");
  await expect(entries(page).nth(1)).toContainText("Wrong name or password");
  await page.getByLabel("What").selectOption({ label: "Everything" });
  await page.getByLabel("Person").selectOption({ label: "carol.of.audit" });
  await expect(page).toHaveURL(/\/audit\?user_id=/);
  await expect(entries(page)).toHaveCount(3);
  await page
    .getByRole("button", { name: /^Only entries of/ })
    .first()
    .click();
  await expect(page).toHaveURL(/session_id=/);
  await expect(entries(page)).toHaveCount(2);
  await page.reload();
  await expect(entries(page)).toHaveCount(2);
  await expect(page.getByRole("status").filter({ hasText: "2 shown, all there are" })).toBeVisible();
  await page.getByRole("button", { name: "Show all sessions" }).click();
  await page.getByLabel("What").selectOption({ label: "Rules" });
  await expect(page.getByText("Nothing fits these filters")).toBeVisible();
});

test("shows older ones page by page, by keyboard too", async ({ page, site }) => {
  for (let index = 0; index < 60; index += 1) {
    const rule = await site.api.operations["rules.create"]({ effect: "ask", scope: "mine", note: "", when: { tool: `tool-${index}` } });
    await site.api.operations["rules.delete"]({ rule_id: rule.id });
  }
  await page.goto("/audit?operation=rules.");
  await expect(entries(page)).toHaveCount(50);
  await page.getByRole("button", { name: "Show older ones" }).focus();
  await page.keyboard.press("Enter");
  await expect(entries(page)).toHaveCount(100);
  await expect(entries(page).nth(99)).toContainText("Add a rule: Ask about every call of tool tool-10 in any agent in my sessions");
});

test("is for admins: others are told so, and shown no way there", async ({ stranger, site }) => {
  const who = { username: "dan.of.audit", password: "another-horse-battery" };
  await site.api.operations["users.create"](who);
  await stranger.goto("/login?next=/audit");
  await signInWith(stranger, who);
  await stranger.waitForURL((url) => url.pathname === "/audit");
  await expect(stranger.getByText("Only an admin may read the audit trail")).toBeVisible();
  await stranger.getByRole("button", { name: "Account and settings" }).click();
  await expect(stranger.getByRole("menuitem", { name: "Rules" })).toBeVisible();
  await expect(stranger.getByRole("menuitem", { name: "Audit" })).toHaveCount(0);
});

test("leads from a terminal's recordings to what was done with them, playing too", async ({ page }) => {
  await readAloud(page.context());
  const terminal = terminalOn(page);
  await terminal.open();
  await terminal.menu("Record");
  await expect(page.getByText("Recording", { exact: true })).toBeVisible();
  await terminal.menu("Stop recording");
  await terminal.menu("Details and recordings");
  await page.getByRole("button", { name: /Play the recording/ }).click();
  await expect(page.locator(".ap-player")).toBeVisible();
  await page.getByRole("link", { name: /^Audit/ }).click();
  await page.waitForURL(/\/audit\?session_id=/);
  await expect(entries(page).first()).toContainText("admin · Play or download the recording");
  await expect(entries(page).nth(1)).toContainText("Workbench (runtime) · Store the recording");
  await expect(entries(page).last()).toContainText("Open a terminal with Shell");
});

onEveryScreen(() => {
  test("fits and can be read", async ({ page }) => {
    await page.goto("/audit");
    await expect(entries(page).first()).toBeVisible();
    await expectSound(page, "the audit trail");
    const [when, outcome] = await Promise.all(
      [entries(page).first().locator("time"), entries(page).first().getByText("Done")].map((part) => part.boundingBox()),
    );
    expect(outcome?.x, "what became of it stands beside what was done").toBeGreaterThan((when?.x ?? 0) + (when?.width ?? 0));
    expect(outcome?.y).toBeLessThanOrEqual(when?.y ?? 0);
    await page.goto("/audit?session_id=nothing-here");
    await expect(page.getByText("Nothing fits these filters")).toBeVisible();
    await expectSound(page, "a trail without entries");
  });
});
