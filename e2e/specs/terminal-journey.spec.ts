/** The way from a desk to a phone: a file begun in one browser, the network lost, and the same program gone on with in another. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "../fixtures.ts";
import { readAloud, terminalOn } from "../terminal-page.ts";

test.beforeEach(({ context }) => readAloud(context));
test.afterEach(({ site }) => site.link.resume());

test("what a desk without a network began in an editor is finished on a phone", async ({ page, browser, site, storageState }) => {
  const desk = terminalOn(page);
  await desk.open();
  await desk.type("echo in $PWD.; vi -u NONE -N journey.txt\n");
  await desk.sees("~");
  await desk.type("ifrom the desk, ");
  await desk.sees("from the desk,");
  // Nothing tells the hub that the desk is gone: it still holds the keys.
  site.link.halfOpen();
  await page.evaluate(() => window.dispatchEvent(new Event("offline")));
  await expect(page.getByText(/^Offline for/)).toBeVisible();

  const path = new URL(page.url()).pathname;
  const context = await browser.newContext({
    // The phone has a network of its own.
    baseURL: `http://127.0.0.1:${site.hubPort}`,
    storageState,
    viewport: { width: 360, height: 740 },
    hasTouch: true,
    isMobile: true,
  });
  await readAloud(context);
  const phone = terminalOn(await context.newPage());
  await phone.page.goto(path);
  await phone.sees("from the desk,");
  await phone.page.getByRole("button", { name: "Take over" }).tap();
  await expect(phone.page.getByText("Watching", { exact: true })).toHaveCount(0);
  await phone.type("to the phone");
  await phone.sees("from the desk, to the phone");
  await phone.page.getByRole("toolbar", { name: "Keys" }).getByRole("button", { name: "Escape" }).tap();
  await phone.type(":wq\n");
  await phone.sees(/in \/\S+\./);
  const folder = /in (\/\S+)\./.exec((await phone.screen.textContent()) ?? "")?.[1] ?? "";
  await expect.poll(() => readFileSync(join(folder, "journey.txt"), "utf8")).toBe("from the desk, to the phone\n");

  site.link.resume();
  await desk.sees(/"?journey.txt"?/);
  await expect(page.getByText(/^Offline for/)).toHaveCount(0);
  await expect(page.getByText("Watching", { exact: true })).toBeVisible();
  await context.close();
});
