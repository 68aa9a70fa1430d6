/** Terminals under fingers: the history under one, the size of the letters under two, and the cursor above the screen keyboard. */
import type { Page } from "@playwright/test";
import { fingersOn } from "../fingers.ts";
import { expect, test } from "../fixtures.ts";
import type { Site } from "../site.ts";
import { readAloud, terminalOn } from "../terminal-page.ts";

test.use({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
test.beforeEach(({ context }) => readAloud(context));

const idOf = (page: Page) => new URL(page.url()).pathname.split("/").at(-1) ?? "";

/** Types at the runtime: a screen that is read aloud takes the words of a screen keyboard another way. */
async function run(site: Site, page: Page, command: string): Promise<void> {
  await site.api.operations["terminals.write"]({ session_id: idOf(page), data: `${command}\r` });
}

async function middleOf(page: Page): Promise<{ readonly x: number; readonly y: number }> {
  const box = await page.getByTestId("terminal").boundingBox();
  if (box === null) throw new Error("the terminal is not shown");
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

test("one finger scrolls the history, and a full-screen program's own text", async ({ page, site }) => {
  const terminal = terminalOn(page);
  await terminal.open();
  await run(site, page, "seq -f 'line %g.' 300");
  await terminal.sees("line 300.");
  const fingers = await fingersOn(page);
  const { x, y } = await middleOf(page);
  await fingers.drag({ x, y: y - 150 }, { x, y: y + 150 });
  await expect(terminal.screen).not.toContainText("line 300.");
  await terminal.sees(/line 28\d\./);
  await fingers.drag({ x, y: y + 150 }, { x, y: y - 200 });
  await terminal.sees("line 300.");
  await fingers.drag({ x, y: y - 150 }, { x, y: y + 150 });
  await page.getByRole("button", { name: "To the newest line" }).tap();
  await terminal.sees("line 300.");

  await run(site, page, "seq -f 'page %g.' 300 | less");
  await terminal.sees("page 1.");
  await fingers.drag({ x, y: y + 150 }, { x, y: y - 150 });
  await expect(terminal.screen).not.toContainText("page 1.");
  await expect(page.getByRole("button", { name: "To the newest line" })).toHaveCount(0);
  await run(site, page, "q");
});

test("two fingers change the size of the letters, and not the page's", async ({ page, site }) => {
  const terminal = terminalOn(page);
  await terminal.open();
  const cols = async () => (await site.api.operations["terminals.screen"]({ session_id: idOf(page) })).cols;
  const before = await cols();
  const fingers = await fingersOn(page);
  const middle = await middleOf(page);
  await fingers.pinch(middle, 100, 200);
  await expect.poll(cols).toBeLessThan(before * 0.6);
  await fingers.pinch(middle, 200, 100);
  await expect.poll(cols).toBe(before);
  await fingers.pinch(middle, 200, 120);
  await expect.poll(cols).toBeGreaterThan(before * 1.4);
  expect(await page.evaluate(() => window.visualViewport?.scale)).toBe(1);
});

test("the screen keyboard never hides the cursor", async ({ page, site }) => {
  // No headless browser has a screen keyboard: the page is told of one as phones tell it, by a visual viewport that is less high.
  await page.addInitScript(() => {
    const own = Object.getOwnPropertyDescriptor(VisualViewport.prototype, "height")?.get;
    const covered = { px: 0 };
    Object.defineProperty(VisualViewport.prototype, "height", {
      get() {
        return Number(own?.call(this)) - covered.px;
      },
    });
    window.addEventListener("test-keyboard", (event) => {
      covered.px = event instanceof CustomEvent ? Number(event.detail) : 0;
      window.visualViewport?.dispatchEvent(new Event("resize"));
    });
  });
  const keyboard = (px: number) =>
    page.evaluate((detail) => window.dispatchEvent(new CustomEvent("test-keyboard", { detail })), px).then(() => undefined);
  const terminal = terminalOn(page);
  await terminal.open();
  await run(site, page, "seq -f 'line %g.' 100");
  await terminal.sees("line 100.");
  const rows = async () => (await site.api.operations["terminals.screen"]({ session_id: idOf(page) })).rows;
  const before = await rows();
  const bottomOf = async (selector: string) => {
    const box = await page.locator(selector).boundingBox();
    return (box?.y ?? Number.NaN) + (box?.height ?? Number.NaN);
  };
  await page.locator(".xterm-screen").tap();
  await keyboard(320);
  await expect.poll(rows).toBeLessThan(before * 0.7);
  await expect.poll(() => bottomOf(".xterm-screen")).toBeLessThanOrEqual(740 - 320);
  await expect.poll(() => bottomOf('[role="toolbar"]')).toBeLessThanOrEqual(740 - 320);
  await expect(page.getByRole("toolbar", { name: "Keys" })).toBeInViewport({ ratio: 1 });
  await terminal.sees("line 100.");
  await keyboard(0);
  await expect.poll(rows).toBe(before);
});
