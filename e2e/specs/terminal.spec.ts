/** Terminals as people use them: programs, reloads, cuts, a hub that restarts, two devices, one phone, recordings. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { expect, signInWith, test } from "../fixtures.ts";
import { expectAccessible } from "../soundness.ts";
import { readAloud, terminalOn } from "../terminal-page.ts";

const GUEST = { username: "guest", password: "watching-is-enough" } as const;

test.beforeEach(({ context }) => readAloud(context));
test.afterEach(({ site }) => site.link.resume());

const idOf = (page: Page) => new URL(page.url()).pathname.split("/").at(-1) ?? "";

test("runs programs, full-screen ones too, and shows the same screen after a reload", async ({ page }) => {
  const terminal = terminalOn(page);
  await terminal.open();
  await terminal.type("echo six-$((6*7)); stty size\n");
  await terminal.sees("six-42");
  await terminal.type("vi -u NONE -N edited.txt\n");
  await terminal.sees("~");
  await terminal.type("ia line from vi");
  await terminal.sees("a line from vi");
  await page.reload();
  await terminal.sees("a line from vi");
  await terminal.sees("INSERT");
  await page.keyboard.press("Escape");
  await terminal.type(":wq\n");
  await terminal.sees("six-42");
  await terminal.type("cat edited.txt | tr a-z A-Z\n");
  await terminal.sees("A LINE FROM VI");
});

test("keeps what is typed while the network is away, and types it once", async ({ page, site }) => {
  const terminal = terminalOn(page);
  await terminal.open();
  await terminal.type("echo before\n");
  await terminal.sees("before");
  site.link.block();
  await expect(page.getByText(/^Offline for/)).toBeVisible();
  await terminal.type("echo mean$((1+1))while\n");
  await expect(page.getByText(/23 keys wait/)).toBeVisible();
  site.link.resume();
  await terminal.sees("mean2while");
  await expect(page.getByText(/keys wait/)).toHaveCount(0);
  await expect(terminal.screen.getByText("mean2while", { exact: true })).toHaveCount(1);
});

test("loses and doubles no key while the hub restarts", async ({ page, site }) => {
  test.setTimeout(120_000);
  const terminal = terminalOn(page);
  await terminal.open();
  await terminal.type("echo in $PWD.; cat > typed.txt\n");
  await terminal.sees(/in \/\S+\./);
  const folder = /in (\/\S+)\./.exec((await terminal.screen.textContent()) ?? "")?.[1] ?? "";
  const words = Array.from({ length: 120 }, (_, index) => `k${index} `);
  const restart = site.restartHub();
  for (const word of words) await page.keyboard.type(word, { delay: 15 });
  await restart;
  await page.keyboard.press("Enter");
  await expect(page.getByText(/keys wait|Offline for/)).toHaveCount(0, { timeout: 60_000 });
  await page.keyboard.press("Control+d");
  await terminal.type("echo the-$((1+1))-end\n");
  await terminal.sees("the-2-end");
  expect(readFileSync(join(folder, "typed.txt"), "utf8")).toBe(`${words.join("")}\n`);
});

test("is watched from a second device, which takes the keys over", async ({ page, browser, baseURL, storageState }) => {
  const first = terminalOn(page);
  await first.open();
  const context = await browser.newContext({ baseURL, storageState, viewport: { width: 700, height: 500 } });
  await readAloud(context);
  const second = terminalOn(await context.newPage());
  await second.page.goto(page.url());
  await expect(second.page.getByText("Watching", { exact: true })).toBeVisible();
  await first.type("echo seen-by-$((1+1))\n");
  await second.sees("seen-by-2");
  await second.page.getByRole("button", { name: "Take over" }).click();
  await expect(page.getByText("Watching", { exact: true })).toBeVisible();
  await second.type("echo typed-$((2+2)); stty size\n");
  await first.sees("typed-4");
  await first.type("echo nobody\n");
  await second.type("echo last-$((3+3))\n");
  await first.sees("last-6");
  await expect(first.screen).not.toContainText("nobody");
  await context.close();
});

test("is shared with somebody who only watches, until the right is taken away", async ({ page, browser, baseURL, site }) => {
  await site.api.operations["users.create"]({ ...GUEST, role: "user" });
  const owner = terminalOn(page);
  await owner.open();
  await owner.menu("Share…");
  await page.getByRole("textbox", { name: "Username" }).fill(GUEST.username);
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await expect(page.getByRole("list", { name: "May watch" })).toContainText(GUEST.username);
  await page.keyboard.press("Escape");

  const context = await browser.newContext({ baseURL, storageState: { cookies: [], origins: [] } });
  await readAloud(context);
  const guest = terminalOn(await context.newPage());
  await guest.page.goto("/login");
  await signInWith(guest.page, GUEST);
  await guest.page.waitForURL((url) => url.pathname === "/");
  await guest.page.goto("/terminals");
  await guest.page
    .getByRole("link", { name: /admin's/ })
    .first()
    .click();
  await expect(guest.page.getByText("View only")).toBeVisible();
  await expect(guest.page.getByRole("button", { name: "Take over" })).toHaveCount(0);
  await owner.type("echo shown-$((5+5))\n");
  await guest.sees("shown-10");
  await guest.type("echo no\n");

  await owner.menu("Share…");
  await page.getByRole("button", { name: `Remove ${GUEST.username}` }).click();
  await expect(guest.page.getByRole("heading", { name: "There is no such session" })).toBeVisible();
  await page.keyboard.press("Escape");
  await owner.type("echo after\n");
  await owner.sees("after");
  await expect(owner.screen).not.toContainText("echo no");
  await context.close();
});

test("tells those who watch at once that it ended, and leaves their list when it is closed", async ({ page, browser, baseURL, site }) => {
  const watcher = { username: "watcher", password: "watching-is-enough" } as const;
  await site.api.operations["users.create"]({ ...watcher, role: "user" });
  const owner = terminalOn(page);
  await owner.open();
  await site.api.operations["terminals.share"]({ session_id: idOf(page), username: watcher.username });
  const context = await browser.newContext({ baseURL, storageState: { cookies: [], origins: [] } });
  const other = await context.newPage();
  await other.goto("/login");
  await signInWith(other, watcher);
  await other.waitForURL((url) => url.pathname === "/");
  await other.goto("/terminals");
  const shared = other.getByRole("link", { name: /admin's/ });
  await expect(shared).toContainText("Open");
  await owner.type("exit\n");
  // Far sooner than the list is fetched again by the clock.
  await expect(shared).toContainText("Ended", { timeout: 8_000 });
  await site.api.operations["terminals.close"]({ session_id: idOf(page) });
  await expect(shared).toHaveCount(0, { timeout: 8_000 });
  await context.close();
});

test("says how a program ended, runs it again, and closes after a question", async ({ page }) => {
  const terminal = terminalOn(page);
  await terminal.open();
  await terminal.type("exit 3\n");
  await expect(page.getByText("Exited with code 3")).toBeVisible();
  await page.getByRole("button", { name: "Run again" }).click();
  await expect(page.getByText("Exited with code 3")).toHaveCount(0);
  await expect(terminal.screen).not.toContainText("exit 3");
  await terminal.sees("$");
  await terminal.type("kill -9 $$\n");
  await expect(page.getByText("Ended by SIGKILL")).toBeVisible();
  await page.getByRole("button", { name: "Run again" }).click();
  await expect(page.getByText("Ended by SIGKILL")).toHaveCount(0);
  // Until the new program is there, the old one's screen stands, and takes no keys.
  await expect(terminal.screen).not.toContainText("kill");
  await terminal.sees("$");
  await terminal.type("echo again-$((4+4))\n");
  await terminal.sees("again-8");
  await terminal.menu("Close terminal…");
  await page.getByRole("alertdialog").getByRole("button", { name: "Close terminal" }).click();
  await expect(page).not.toHaveURL(new RegExp(idOf(page)));
});

test("has tabs and panes that outlive a reload", async ({ page }) => {
  const terminal = terminalOn(page);
  await terminal.open();
  const first = idOf(page);
  await page.getByRole("textbox", { name: "Terminal input" }).press("Alt+Shift+T");
  await expect(page).not.toHaveURL(new RegExp(first));
  await terminal.menu("Split side by side");
  await expect(page.getByRole("region", { name: /^Terminal/ })).toHaveCount(2);
  await expect(page.getByRole("region", { name: "Terminal Shell, 1 of 2" })).toHaveCount(1);
  await expect(page.getByRole("region", { name: "Terminal Shell, 2 of 2" })).toHaveCount(1);
  await page.reload();
  await expect(page.getByRole("region", { name: /^Terminal/ })).toHaveCount(2);
  const border = page.getByRole("slider", { name: "Size of the panes" });
  await border.press("ArrowRight");
  await expect(border).toHaveAttribute("aria-valuenow", "55");
  const tabs = page.getByRole("navigation", { name: "Open terminals" }).getByRole("listitem");
  await expect(tabs).toHaveCount(2);
  await tabs.first().getByRole("link").click();
  await expect(page).toHaveURL(new RegExp(first));
  await expect(page.getByRole("region", { name: /^Terminal/ })).toHaveCount(1);
});

test("finds text, and asks before several lines are run by a paste", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const terminal = terminalOn(page);
  await terminal.open();
  await terminal.type("bind 'set enable-bracketed-paste off'; for i in 1 2 3; do echo needle $i; done\n");
  await terminal.sees("needle 3");
  await page.getByRole("textbox", { name: "Terminal input" }).press("Control+Shift+F");
  await page.getByRole("textbox", { name: "Find in the terminal" }).fill("needle");
  await expect(page.getByText(/\d of \d/)).toBeVisible();
  await page.keyboard.press("Escape");
  await page.evaluate(() => navigator.clipboard.writeText("echo one-$((1+0))\necho two-$((1+1))\n"));
  await page.getByRole("textbox", { name: "Terminal input" }).press("Control+Shift+V");
  await page.getByRole("alertdialog").getByRole("button", { name: "Paste" }).click();
  await terminal.sees("two-2");
});

test("is recorded for all to see, and the recording is played", async ({ page }) => {
  const terminal = terminalOn(page);
  await terminal.open();
  await terminal.menu("Record");
  await expect(page.getByText("Recording", { exact: true })).toBeVisible();
  await terminal.type("echo on-tape\n");
  await terminal.sees("on-tape");
  await terminal.menu("Stop recording");
  await terminal.menu("Details and recordings");
  await page.getByRole("button", { name: /Play the recording/ }).click();
  await expect(page.locator(".ap-player")).toBeVisible();
  await expect(page.getByRole("link", { name: /Download the recording/ })).toBeVisible();
});

for (const scheme of ["light", "dark"] as const) {
  test.describe(`on a phone, ${scheme}`, () => {
    test.use({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true, colorScheme: scheme });

    // A screen that is read aloud takes words another way: here it is read at the runtime instead.
    test.beforeEach(({ context }) => context.addInitScript(() => localStorage.removeItem("fairlead.terminal-look")));

    test("has the keys that screen keyboards lack, and takes words as they come", async ({ page, site }) => {
      await page.goto("/terminals");
      await page.getByRole("button", { name: "Connect to Shell on Workbench" }).tap();
      await page.waitForURL(/\/sessions\//);
      const lines = async () => (await site.api.operations["terminals.screen"]({ session_id: idOf(page) })).lines;
      const shows = (text: string) => expect.poll(lines, { timeout: 20_000 }).toContain(text);
      const keys = page.getByRole("toolbar", { name: "Keys" });
      await page.locator(".xterm-screen").tap();
      await page.keyboard.insertText("echo word");
      await page.keyboard.insertText("-by-word");
      await keys.getByRole("button", { name: "|" }).tap();
      await page.keyboard.insertText(" tr a-z A-Z");
      await page.keyboard.press("Enter");
      await shows("WORD-BY-WORD");
      await page.keyboard.insertText("sleep 1000");
      await page.keyboard.press("Enter");
      await keys.getByRole("button", { name: "Control" }).tap();
      await page.keyboard.type("c");
      await page.keyboard.insertText("echo stopped-$((7+7))");
      await page.keyboard.press("Enter");
      await shows("stopped-14");
      await keys.getByRole("button", { name: "Up", exact: true }).tap();
      await expect(page.locator(".xterm-helper-textarea")).toBeFocused();

      const session = await page.context().newCDPSession(page);
      await page.keyboard.press("Control+u");
      await page.keyboard.insertText("echo ");
      for (const text of ["n", "ni", "nih"]) {
        await session.send("Input.imeSetComposition", { text, selectionStart: text.length, selectionEnd: text.length });
      }
      await session.send("Input.insertText", { text: "日本" });
      await page.keyboard.press("Enter");
      await shows("日本");
      expect((await lines()).filter((line) => line === "日本")).toHaveLength(1);

      const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(wide, "the terminal is wider than the screen by").toBeLessThanOrEqual(0);
      await expectAccessible(page, "a terminal on a phone");
      await page.goto("/terminals");
      await page.getByRole("button", { name: /Connect to Shell/ }).waitFor();
      await expectAccessible(page, "a terminal on a phone");
    });
  });
}
