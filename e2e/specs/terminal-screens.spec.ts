/** What terminals in the browser owe to whoever sits there: keys that go where they were meant to, and bars that tell the truth. */
import type { Page } from "@playwright/test";
import { expect, test } from "../fixtures.ts";
import { readAloud, terminalOn } from "../terminal-page.ts";

test.beforeEach(({ context }) => readAloud(context));
test.afterEach(({ site }) => site.link.resume());

const idOf = (page: Page) => new URL(page.url()).pathname.split("/").at(-1) ?? "";

test("says once and at once that the network is gone, and is back by itself", async ({ page, site }) => {
  const terminal = terminalOn(page);
  await terminal.open();
  const bar = page.getByText(/^Offline for/);
  site.link.block();
  const told = page.evaluate(async () => {
    const begun = performance.now();
    window.dispatchEvent(new Event("offline"));
    while (!document.body.innerText.includes("Offline for")) await new Promise((resolve) => requestAnimationFrame(resolve));
    return performance.now() - begun;
  });
  await expect(bar).toBeVisible();
  expect(await told).toBeLessThan(1_500);
  await terminal.type("echo mean$((1+1))while\n");
  await expect(page.getByText(/23 keys wait/)).toBeVisible();
  await expect(page.getByText(/No connection|Offline for/)).toHaveCount(1);
  site.link.resume();
  await terminal.sees("mean2while");
  await expect(bar).toHaveCount(0);
});

test("asks before keys that were typed long before are typed by taking over", async ({ page, context, site }) => {
  const first = terminalOn(page);
  await first.open();
  await first.type("cat > /dev/null\n");
  site.link.block();
  await expect(page.getByText(/^Offline for/)).toBeVisible();
  await first.type('echo o""ld-keys\n');
  await expect(page.getByText(/16 keys wait/)).toBeVisible();
  // Meanwhile another device takes the keys, past the bad network.
  const other = site.api.terminal(
    { session_id: idOf(page), viewer_id: "other-device" },
    { output: () => undefined, reset: () => undefined, size: () => undefined },
  );
  await expect.poll(() => other.status.get().state).toBe("live");
  other.hold(true);
  await expect.poll(() => other.status.get().holds).toBe(true);
  other.write("\x03");
  await page.waitForTimeout(6_000);
  site.link.resume();
  await page.getByRole("button", { name: "Take over" }).click();
  await expect(page.getByText(/16 keys not typed/)).toBeVisible();
  await first.type('echo n""ew\n');
  await expect(first.screen).not.toContainText("old-keys");
  await page.getByRole("button", { name: "Drop them" }).click();
  await first.type('echo fr""esh\n');
  await first.sees("fresh");
  await expect(first.screen).not.toContainText("old-keys");
  other.detach();
  await context.clearCookies();
});

test("a closed tab leaves nobody watching", async ({ page, site }) => {
  const terminal = terminalOn(page);
  await terminal.open();
  const id = idOf(page);
  await terminal.open();
  const viewers: string[] = [];
  const watcher = site.api.terminal(
    { session_id: id, viewer_id: "watcher", hold: false },
    { output: () => undefined, reset: () => undefined, size: () => undefined },
  );
  const stop = watcher.status.subscribe(() =>
    viewers.push(
      watcher.status
        .get()
        .viewers.map(({ viewer_id }) => viewer_id)
        .join(),
    ),
  );
  await page.goto(`/sessions/${id}`);
  await terminal.sees("$");
  await expect.poll(() => watcher.status.get().viewers.length).toBe(2);
  await site.api.operations["terminals.write"]({ session_id: id, data: "exit\r" });
  await expect(page.getByText("Exited with code 0")).toBeVisible();
  await page.getByRole("button", { name: "Close", exact: true }).click();
  await expect(page).not.toHaveURL(new RegExp(id));
  stop();
  watcher.detach();
});
