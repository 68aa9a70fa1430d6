/** What terminals in the browser owe to whoever sits there: keys that go where they were meant to, and bars that tell the truth. */
import type { Terminal } from "@fairlead/client";
import type { Page } from "@playwright/test";
import { expect, signInWith, test } from "../fixtures.ts";
import type { Site } from "../site.ts";
import { readAloud, terminalOn } from "../terminal-page.ts";

test.beforeEach(({ context }) => readAloud(context));
test.afterEach(({ site }) => site.link.resume());

const idOf = (page: Page) => new URL(page.url()).pathname.split("/").at(-1) ?? "";

test("says once and at once that the network is gone, and is back by itself", async ({ page, site }) => {
  const terminal = terminalOn(page);
  await terminal.open();
  const bar = page.getByText(/^Offline for/);
  // Both ends believe in the connection; only the browser knows.
  site.link.halfOpen();
  const told = page.evaluate(async () => {
    const begun = performance.now();
    window.dispatchEvent(new Event("offline"));
    while (!document.body.innerText.includes("Offline for")) await new Promise((resolve) => requestAnimationFrame(resolve));
    return performance.now() - begun;
  });
  await expect(bar).toBeVisible();
  expect(await told).toBeLessThan(1_000);
  await terminal.type("echo mean$((1+1))while\n");
  await expect(page.getByText(/23 keys wait/)).toBeVisible();
  await expect(page.getByText(/No connection|Offline for/)).toHaveCount(1);
  site.link.resume();
  await terminal.sees("mean2while");
  await expect(bar).toHaveCount(0);
});

const BLIND = { output: () => undefined, reset: () => undefined, size: () => undefined };

/** Another device of the same person, past the bad network. */
async function watch(site: Site, session_id: string): Promise<Terminal> {
  site.api.connect();
  const view = site.api.terminal({ session_id, viewer_id: `device-of-${session_id}`, hold: false }, BLIND);
  await expect.poll(() => view.status.get().state).toBe("live");
  return view;
}

test("asks before keys that were typed long before are typed by taking over", async ({ page, site }) => {
  const terminal = terminalOn(page);
  await terminal.open();
  const other = await watch(site, idOf(page));
  site.link.block();
  await expect(page.getByText(/^Offline for/)).toBeVisible({ timeout: 60_000 });
  await terminal.type('echo o""ld-keys\n');
  await expect(page.getByText(/16 keys wait/)).toBeVisible();
  other.hold(true);
  await expect.poll(() => other.status.get().holds).toBe(true);
  // So old they must be.
  await page.waitForTimeout(6_000);
  site.link.resume();
  await page.getByRole("button", { name: "Take over" }).click();
  await expect(page.getByText(/16 keys not typed/)).toBeVisible();
  await terminal.type('echo n""ew\n');
  await terminal.sees("new");
  await expect(terminal.screen).not.toContainText("old-keys");
  await page.getByRole("button", { name: "Type them" }).click();
  await terminal.sees("old-keys");
  await expect(page.getByText(/keys not typed/)).toHaveCount(0);
  other.detach();
});

test("a closed tab leaves nobody watching", async ({ page, browser, baseURL, site }) => {
  const guest = { username: "passer-by", password: "watching-is-enough" } as const;
  await site.api.operations["users.create"]({ ...guest, role: "user" });
  const terminal = terminalOn(page);
  await terminal.open();
  const id = idOf(page);
  await site.api.operations["terminals.share"]({ session_id: id, username: guest.username });
  const other = await watch(site, id);
  const seen: string[] = [];
  const stop = other.status.subscribe(() => {
    const isThere = other.status.get().viewers.some(({ name }) => name === guest.username);
    seen.push(isThere ? "there" : "gone");
  });
  const context = await browser.newContext({ baseURL, storageState: { cookies: [], origins: [] } });
  const theirs = terminalOn(await context.newPage());
  await theirs.page.goto("/login");
  await signInWith(theirs.page, guest);
  await theirs.page.waitForURL((url) => url.pathname === "/");
  await theirs.page.goto(`/sessions/${id}`);
  await expect.poll(() => seen.at(-1)).toBe("there");
  await theirs.menu("Close tab");
  await expect(theirs.page.getByRole("heading", { name: "Terminals", exact: true })).toBeVisible();
  await expect.poll(() => seen.at(-1)).toBe("gone");
  // Whatever that page asked its hub for by then was answered before this.
  await theirs.page.getByRole("searchbox", { name: "Search terminals and machines" }).fill("Shell");
  await terminal.type("echo on\n");
  await terminal.sees("on");
  expect(seen.at(-1)).toBe("gone");
  stop();
  other.detach();
  await context.close();
});

test("tells in each pane that its terminal is recorded", async ({ page, site }) => {
  const terminal = terminalOn(page);
  await terminal.open();
  const first = idOf(page);
  await terminal.menu("Split side by side");
  await expect(page.getByRole("region", { name: /^Terminal/ })).toHaveCount(2);
  await site.api.operations["terminals.record"]({ session_id: first, on: true });
  await expect(page.getByRole("region", { name: "Terminal Shell, 1 of 2" }).getByText("Recording", { exact: true })).toBeVisible();
  await expect(page.getByText("Recording", { exact: true })).toHaveCount(1);
});
