/** What agents ask and people answer: shown whole, answered once, from anywhere, by anybody who may, or by a rule that was rehearsed. */
import type { Locator, Page } from "@playwright/test";
import { type Chat, chatOn, expect, signInWith, test } from "../fixtures.ts";

const ASKED = "The agent asks for approval";
const card = (page: Page): Locator => page.getByRole("region", { name: ASKED });

test.afterEach(async ({ site }) => {
  site.link.resume();
  await site.runtime.start();
});

/** Starts a session and lets the agent ask before it runs a command. */
async function askToRun(chat: Chat, command: string): Promise<Locator> {
  await chat.start("Coder");
  await chat.say(`run ${command}`);
  await expect(card(chat.page)).toContainText("wants to run a command");
  return card(chat.page);
}

test("shows the whole command, allows it, and says who did and that the agent has it", async ({ chat }) => {
  const words = Array.from({ length: 40 }, (_, index) => `--option-${index}=value`).join(" ");
  const asked = await askToRun(chat, `deploy ${words}`);
  await expect(asked.getByText(`deploy ${words}`).first()).toBeVisible();
  await expect(asked).toContainText("Workbench");
  await expect(asked).toContainText(/waiting for you for \d+ s/);
  await asked.getByRole("button", { name: "Allow", exact: true }).click();
  await expect(chat.transcript.getByText(`Did: run deploy ${words}.`)).toBeVisible();
  await expect(chat.transcript.getByText(/Allowed by admin · \d\d:\d\d · delivered to the agent/)).toBeVisible();
  await expect(card(chat.page)).toHaveCount(0);
});

test("denies with a reason", async ({ chat }) => {
  const asked = await askToRun(chat, "rm -rf build");
  await asked.getByRole("button", { name: "Deny with a reason…" }).click();
  await asked.getByRole("textbox", { name: "Reason, told to the agent" }).fill("Use npm run clean instead.");
  await asked.getByRole("button", { name: "Deny", exact: true }).click();
  await expect(chat.transcript.getByText("Did not: run rm -rf build.")).toBeVisible();
  await expect(chat.transcript.getByText(/Denied by admin/)).toBeVisible();
  await expect(chat.transcript.getByText("Use npm run clean instead.", { exact: true })).toBeVisible();
});

test("is there again after a reload, and a change is shown line by line", async ({ chat }) => {
  await chat.start("Coder");
  await chat.say("edit report.js");
  await expect(card(chat.page)).toContainText("wants to change a file");
  await chat.page.reload();
  const asked = card(chat.page);
  await expect(asked).toContainText("report.js");
  await expect(asked.getByRole("region", { name: "Patch of" })).toContainText("/** One line per row, and the total. */");
  await asked.getByRole("button", { name: "Allow", exact: true }).click();
  await expect(chat.transcript.getByText("Did: edit report.js.")).toBeVisible();
});

test("the keys lead to the answers, Enter confirms, and nothing happens while somebody writes", async ({ chat }) => {
  const { page } = chat;
  await chat.start("Coder");
  await chat.say("both");
  await expect(card(page)).toHaveCount(2);
  await chat.field.press("a");
  await expect(chat.field).toHaveValue("a");
  await chat.field.fill("");
  await chat.field.blur();
  await page.keyboard.press("ArrowDown");
  await expect(card(page).first()).toBeFocused();
  await page.keyboard.press("ArrowDown");
  await expect(card(page).nth(1)).toBeFocused();
  await page.keyboard.press("d");
  await expect(card(page).nth(1).getByRole("button", { name: "Deny", exact: true })).toBeFocused();
  await expect(card(page)).toHaveCount(2);
  await page.keyboard.press("Enter");
  await expect(card(page)).toHaveCount(1);
  await page.keyboard.press("a");
  await page.keyboard.press("Enter");
  await expect(card(page)).toHaveCount(0);
  await expect(chat.transcript.getByText("Did: run git fetch.")).toBeVisible();
  await expect(chat.transcript.getByText("Did not: run git status.")).toBeVisible();
});

test("two devices: the second is told who was first", async ({ chat, browser, site, cookies }) => {
  const asked = await askToRun(chat, "make test");
  const context = await browser.newContext({ baseURL: site.url, storageState: cookies });
  const other = await context.newPage();
  await other.goto(chat.page.url());
  await expect(card(other)).toBeVisible();
  await asked.getByRole("button", { name: "Deny", exact: true }).click();
  await expect(card(other)).toHaveCount(0);
  await expect(other.getByText(/Denied by admin · \d\d:\d\d/)).toBeVisible();
  await context.close();
});

test("offline: the answer waits on the device, can be taken back, and goes out once", async ({ chat, site }) => {
  const asked = await askToRun(chat, "make all");
  site.link.block();
  await expect(chat.page.getByRole("status").filter({ hasText: "Offline for" })).toBeVisible();
  await expect(asked).toContainText("Your answer is kept on this device");
  await asked.getByRole("button", { name: "Deny", exact: true }).click();
  await expect(asked).toContainText("“Deny” waits on this device");
  await asked.getByRole("button", { name: "Take it back" }).click();
  await asked.getByRole("button", { name: "Allow", exact: true }).click();
  await expect(asked).toContainText("“Allow” waits on this device");
  await expect(asked.getByRole("button", { name: "Deny", exact: true })).toBeDisabled();
  site.link.resume();
  await chat.page.getByRole("button", { name: "Retry now" }).click();
  await expect(chat.transcript.getByText("Did: run make all.")).toBeVisible();
});

test("the inbox gathers what waits, marks it everywhere, and is answered in place", async ({ chat, site }) => {
  const { page } = chat;
  await askToRun(chat, "git push origin main");
  const session = new URL(page.url()).pathname;
  await expect(page.getByRole("complementary", { name: "Sessions" }).getByText("Asks you").first()).toBeVisible();
  await expect(page).toHaveTitle(/^\(1\) /);
  await page
    .getByRole("link", { name: /^Inbox/ })
    .first()
    .click();
  await page.waitForURL("/inbox");
  await expect(card(page)).toHaveCount(1);
  await card(page)
    .getByRole("link", { name: /^Show this in/ })
    .click();
  await page.waitForURL((url) => url.pathname === session && url.searchParams.has("approval"));
  await expect(card(page)).toBeFocused();
  await page.goto("/inbox");
  await card(page).getByRole("button", { name: "Allow", exact: true }).click();
  await expect(page.getByText(/Allowed by admin/)).toBeVisible();
  await expect(page).toHaveTitle(/^Inbox/);
  const id = session.split("/").at(-1) ?? "";
  await expect.poll(async () => (await site.api.operations["sessions.get"]({ session_id: id })).state).toBe("idle");
  await page.reload();
  await expect(page.getByText("Nothing waits for you")).toBeVisible();
  await page.getByRole("tab", { name: "History" }).click();
  await expect(page.getByText("git push origin main").first()).toBeVisible();
});

test("a rule is rehearsed before it is saved, answers the question, and decides the next", async ({ chat }) => {
  const { page } = chat;
  const denied = await askToRun(chat, "npm run lint");
  await denied.getByRole("button", { name: "Deny", exact: true }).click();
  await expect(chat.transcript.getByText("Did not: run npm run lint.")).toBeVisible();
  await chat.say("run npm run lint");
  await card(page).getByRole("button", { name: "Always allow…" }).click();
  const sheet = page.getByRole("dialog", { name: "Always allow this" });
  await expect(sheet).toContainText("Allow npm run lint in agent Coder");
  const rehearsal = sheet.getByRole("region", { name: "Rehearsal" });
  await expect(rehearsal).toContainText(/It would have matched \d+ of/);
  await expect(rehearsal).toContainText("1 call that somebody denied would have gone ahead");
  const save = sheet.getByRole("button", { name: "Save rule and allow" });
  await expect(save).toBeEnabled();
  await sheet.getByRole("textbox", { name: "Command" }).fill("npm run **");
  await expect(save).toBeDisabled();
  await expect(save).toBeEnabled();
  await save.click();
  await expect(chat.transcript.getByText("Did: run npm run lint.")).toBeVisible();
  await chat.say("run npm run build");
  await expect(chat.transcript.getByText("Did: run npm run build.")).toBeVisible();
  await expect(chat.transcript.getByText(/Allowed by a rule of admin/).last()).toBeVisible();

  await page.goto("/rules");
  const rule = page.getByRole("listitem").filter({ hasText: "npm run **" });
  await rule.getByRole("switch").click();
  await expect(rule.getByRole("switch")).not.toBeChecked();
  await rule.getByRole("button", { name: /^Delete/ }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete rule" }).click();
  await expect(rule).toHaveCount(0);
});

test("a call that no rule can allow says why, and may be allowed this once", async ({ chat }) => {
  const { page } = chat;
  const asked = await askToRun(chat, "npm run lint && npm run build");
  const always = asked.getByRole("button", { name: "Always allow…" });
  const sheet = page.getByRole("dialog", { name: "Always allow this" });
  await always.click();
  await expect(sheet.getByRole("alert")).toContainText("several different commands, and a rule allows one: npm run lint; npm run build");
  await sheet.getByRole("button", { name: "Ask me each time" }).click();
  await expect(sheet).toHaveCount(0);
  await expect(asked.getByRole("button", { name: "Allow", exact: true })).toBeEnabled();
  await always.click();
  await sheet.getByRole("button", { name: "Allow once" }).click();
  await expect(sheet).toHaveCount(0);
  await expect(chat.transcript.getByText("Did: run npm run lint && npm run build.")).toBeVisible();
});

test("somebody else's rules and questions are not shown", async ({ stranger, site }) => {
  const who = { username: "bob.the.second", password: "another-horse-battery" };
  await site.api.operations["users.create"](who);
  await stranger.goto("/login");
  await signInWith(stranger, who);
  await stranger.waitForURL((url) => url.pathname === "/");
  const mine = chatOn(stranger);
  await askToRun(mine, "make bob");
  await stranger.goto("/inbox");
  await expect(card(stranger)).toHaveCount(1);
  await expect(stranger.getByRole("switch", { name: "Everyone's" })).toHaveCount(0);
});

test.describe("on a phone", () => {
  test.use({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });

  test("a question out of view is one tap away, with its answers under the thumb", async ({ chat }) => {
    const { page } = chat;
    await chat.start("Showcase");
    await chat.say("lines 200");
    await expect(chat.transcript.getByText("Done").last()).toBeVisible();
    await chat.say("ask");
    await expect(card(page)).toBeVisible();
    await chat.transcript.evaluate((region) => {
      region.dispatchEvent(new WheelEvent("wheel"));
      region.scrollTop = 0;
    });
    await page.getByRole("button", { name: "Review" }).tap();
    const sheet = page.getByRole("dialog", { name: "The agent asks" });
    await expect(sheet).toContainText("rm -rf ./build");
    const allow = sheet.getByRole("button", { name: /^Allow/ }).first();
    const box = await allow.boundingBox();
    expect(box?.height ?? 0).toBeGreaterThanOrEqual(44);
    expect(box?.y ?? 0).toBeGreaterThan(370);
    await allow.tap();
    await expect(sheet).toContainText(/Allowed by admin/);
    await sheet.getByRole("button", { name: "Done" }).tap();
    await expect(sheet).toHaveCount(0);
  });
});

test("a page that shows no questions asks how many there are, and not for them", async ({ page, site }) => {
  const session = await site.api.operations["sessions.create"]({ endpoint_id: "coder", title: "Counted" });
  await site.api.operations["messages.send"]({ session_id: session.id, content: "both" });
  const asked: string[] = [];
  page.on("request", (request) => void asked.push(new URL(request.url()).pathname));
  await page.goto("/agents");
  await expect(page.getByRole("link", { name: /^Inbox 2 waiting for you/ })).toBeVisible();
  expect(asked.some((path) => path.includes("approvals.count"))).toBe(true);
  expect(asked.filter((path) => path.includes("approvals.list"))).toEqual([]);
  for (const { approval_id } of await site.api.operations["approvals.list"]({ state: "open" })) {
    await site.api.operations["approvals.answer"]({ session_id: session.id, approval_id, option_id: "deny" });
  }
  await expect(page.getByRole("link", { name: /^Inbox/ })).not.toContainText("waiting");
});

test.describe("notifications", () => {
  test.use({ permissions: ["notifications"] });

  test("one for each question nobody looks at, gone when it is answered", async ({ chat, site, context }) => {
    const { page } = chat;
    await page.goto("/agents");
    await page.getByRole("button", { name: "Account and settings" }).click();
    await page.getByRole("menuitemcheckbox", { name: "Notify me on this device" }).click();
    await expect(page.getByRole("menuitemcheckbox", { name: "Notify me on this device" })).toBeChecked();
    const second = await context.newPage();
    await second.goto("/agents");
    const shown = () =>
      page.evaluate(async () => {
        const worker = await navigator.serviceWorker.ready;
        return (await worker.getNotifications()).map(({ title, body }) => `${title}: ${body}`);
      });
    const session = await site.api.operations["sessions.create"]({ endpoint_id: "coder", title: "Far away" });
    await site.api.operations["messages.send"]({ session_id: session.id, content: "run make far" });
    await expect.poll(shown).toEqual([expect.stringMatching(/^Coder wants to run a command: make far\nFar away · Workbench$/)]);
    const [open] = await site.api.operations["approvals.list"]({ state: "open" });
    await site.api.operations["approvals.answer"]({ session_id: session.id, approval_id: open?.approval_id ?? "", option_id: "deny" });
    await expect.poll(shown).toEqual([]);
  });
});
