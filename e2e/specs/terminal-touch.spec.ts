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

test.describe("a screen keyboard that thinks in words", () => {
  // A screen that is read aloud keeps what was typed in its field.
  test.beforeEach(({ context }) => context.addInitScript(() => localStorage.removeItem("fairlead.terminal-look")));

  test("finds no word to take up again, so that none is sent twice or in part", async ({ page, site }) => {
    await page.goto("/terminals");
    await page.getByRole("button", { name: "Connect to Shell on Workbench" }).tap();
    await page.waitForURL(/\/sessions\//);
    const screen = async () => (await site.api.operations["terminals.screen"]({ session_id: idOf(page) })).lines.join("\n");
    await expect.poll(screen).toContain("$");
    await page.locator(".xterm-screen").tap();
    await page.evaluate(async () => {
      const field = document.querySelector<HTMLTextAreaElement>(".xterm-helper-textarea");
      if (field === null) throw new Error("no field");
      const settle = () => new Promise((resolve) => setTimeout(resolve, 30));
      const key = () => field.dispatchEvent(new KeyboardEvent("keydown", { key: "Unidentified", keyCode: 229, bubbles: true }));
      const input = (inputType: string, data: string | null) =>
        field.dispatchEvent(new InputEvent("input", { inputType, data, bubbles: true, composed: true }));
      /** Writes behind `kept` letter by letter, as one word. */
      const compose = async (word: string, kept = field.value) => {
        key();
        field.dispatchEvent(new CompositionEvent("compositionstart", { data: field.value.slice(kept.length) }));
        for (let length = 1; length <= word.length; length += 1) {
          const data = word.slice(0, length);
          field.dispatchEvent(new CompositionEvent("compositionupdate", { data }));
          field.value = kept + data;
          input("insertCompositionText", data);
          await settle();
        }
        field.dispatchEvent(new CompositionEvent("compositionend", { data: word }));
        await settle();
      };
      const press = async (letter: string) => {
        key();
        field.value += letter;
        input("insertText", letter);
        await settle();
      };
      const erase = async () => {
        key();
        field.dispatchEvent(new InputEvent("beforeinput", { inputType: "deleteContentBackward", bubbles: true }));
        if (field.value !== "") {
          field.value = field.value.slice(0, -1);
          input("deleteContentBackward", null);
        }
        await settle();
      };
      await compose("echo");
      await press(" ");
      await compose("the");
      await press(" ");
      await erase();
      // The word before the cursor is taken up again and becomes another; where there is none, the rest of it is written.
      const word = /the$/.test(field.value);
      await compose(word ? "this" : "se", word ? field.value.slice(0, -3) : field.value);
      await press(" ");
      await compose("teh");
      // It corrects what it finds, in one stroke.
      if (field.value.endsWith("teh")) {
        key();
        field.value = `${field.value.slice(0, -3)}the`;
        input("insertReplacementText", "the");
        await settle();
      }
      await press(".");
    });
    await page.keyboard.press("Enter");
    await expect.poll(screen).toMatch(/^these teh\.$/m);
  });
});
