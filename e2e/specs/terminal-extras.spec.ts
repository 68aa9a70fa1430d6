/** What a terminal has beyond letters: its bell, pictures, links, what programs copy, and pastes of several lines. */
import type { Page } from "@playwright/test";
import { expect, test } from "../fixtures.ts";
import type { Site } from "../site.ts";
import { readAloud, type TerminalPage, terminalOn } from "../terminal-page.ts";

test.beforeEach(({ context }) => readAloud(context));

/** Before the bell may stand how many questions wait in other sessions. */
const RINGING = /^(\(\d+\) )?🔔 /;
const idOf = (page: Page) => new URL(page.url()).pathname.split("/").at(-1) ?? "";

function write(site: Site, sessionId: string, data: string): Promise<unknown> {
  return site.api.operations["terminals.write"]({ session_id: sessionId, data });
}

test.describe("the bell", () => {
  test.use({ permissions: ["notifications"] });

  const shownOn = (page: Page) =>
    page.evaluate(async () => {
      const worker = await navigator.serviceWorker.ready;
      return (await worker.getNotifications()).map(({ title }) => title);
    });

  /** As a browser does to a page that goes behind another window: headless ones keep all pages in front. */
  async function setHidden(page: Page, hidden: boolean): Promise<void> {
    await page.evaluate(
      (state) => {
        Object.defineProperty(document, "visibilityState", { configurable: true, get: () => state });
        document.dispatchEvent(new Event("visibilitychange"));
      },
      hidden ? "hidden" : "visible",
    );
  }

  test("marks the terminal and notifies, until somebody looks", async ({ page, site }) => {
    const terminal = terminalOn(page);
    await page.goto("/terminals");
    await page.getByRole("button", { name: "Account and settings" }).click();
    await page.getByRole("menuitemcheckbox", { name: "Notify me on this device" }).click();
    await expect(page.getByRole("menuitemcheckbox", { name: "Notify me on this device" })).toBeChecked();
    await terminal.open();
    const first = idOf(page);
    const tabs = page.getByRole("navigation", { name: "Open terminals" }).getByRole("listitem");
    const rang = tabs.getByText("rang", { exact: true });
    // One that is looked at says nothing.
    await terminal.type("printf '\\a'; echo rung-$((1+1))\n");
    await terminal.sees("rung-2");
    await expect(rang).toHaveCount(0);

    await page.getByRole("button", { name: "New terminal" }).click();
    await expect(page).not.toHaveURL(new RegExp(first));
    await terminal.sees("$");
    await write(site, first, "printf '\\a'\r");
    await expect(rang).toHaveCount(1);
    await expect(page).toHaveTitle(RINGING);
    await expect.poll(() => shownOn(page)).toEqual([expect.stringMatching(/rang its bell$/)]);
    await tabs.first().getByRole("link").click();
    await expect(page).toHaveURL(new RegExp(first));
    await expect(rang).toHaveCount(0);
    await expect(page).not.toHaveTitle(/🔔/);
    await expect.poll(() => shownOn(page)).toEqual([]);
  });

  test("rings in a page nobody sees, and is taken back when it is seen again; what rang long ago rings no more", async ({ page, site }) => {
    const terminal = terminalOn(page);
    await terminal.open();
    await setHidden(page, true);
    await write(site, idOf(page), "printf '\\a'; echo rung-$((1+1))\r");
    await expect(page).toHaveTitle(RINGING);
    await setHidden(page, false);
    await expect(page).not.toHaveTitle(/🔔/);
    await page.addInitScript(() => Object.defineProperty(document, "visibilityState", { configurable: true, get: () => "hidden" }));
    await page.reload();
    await terminal.sees("rung-2");
    await write(site, idOf(page), "echo drawn-$((2+2))\r");
    await terminal.sees("drawn-4");
    await expect(page).not.toHaveTitle(/🔔/);
  });
});

test("pictures are drawn, as sixels and as iTerm sends them", async ({ page, site }) => {
  const terminal = terminalOn(page);
  await terminal.open();
  /** Pixels of a colour in the layer of pictures. */
  const painted = (colour: "red" | "blue") =>
    page.evaluate((wanted) => {
      const layer = document.querySelector<HTMLCanvasElement>("canvas.xterm-image-layer");
      const data = layer?.getContext("2d")?.getImageData(0, 0, layer.width, layer.height).data ?? new Uint8ClampedArray();
      let count = 0;
      for (let at = 0; at < data.length; at += 4) {
        const [red = 0, , blue = 0, alpha = 0] = data.subarray(at, at + 4);
        if (alpha > 200 && (wanted === "red" ? red > 200 && blue < 60 : blue > 200 && red < 60)) count += 1;
      }
      return count;
    }, colour);
  const band = "#0!60~-";
  await write(site, idOf(page), `printf '\\ePq"1;1;60;60#0;2;100;0;0${band.repeat(10)}\\e\\\\\\n'\r`);
  await expect.poll(() => painted("red")).toBe(60 * 60);
  const png = "iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAFUlEQVR42mNgYPhPIhrVMKph2GoAAJLb/wHQPqPSAAAAAElFTkSuQmCC";
  await write(site, idOf(page), `printf '\\e]1337;File=inline=1;size=78;width=32px;height=32px:${png}\\a\\n'\r`);
  await expect.poll(() => painted("blue")).toBe(32 * 32);
});

/** Presses the middle of a text, once its line is read aloud just so: each line may be read up to a second after the next one. */
async function press(terminal: TerminalPage, line: string, text = line): Promise<void> {
  const { page, screen } = terminal;
  const place = await screen.getByText(line, { exact: true }).evaluate((row) => {
    const rows = [...(row.parentElement?.children ?? [])];
    return { row: rows.indexOf(row), rows: rows.length };
  });
  const column = line.indexOf(text);
  const box = await page.locator(".xterm-screen").boundingBox();
  const cell = await page.locator(".xterm-helper-textarea").evaluate((field) => field.getBoundingClientRect().width);
  if (box === null) throw new Error("the screen is not shown");
  const at = { x: box.x + cell * (column + text.length / 2), y: box.y + (box.height / place.rows) * (place.row + 0.5) };
  await page.mouse.move(at.x - 1, at.y);
  await page.mouse.move(at.x, at.y);
  await page.mouse.down();
  await page.mouse.up();
}

test("links open beside, written out or hidden behind a word, and only those of the web", async ({ page, context }) => {
  await context.route("https://example.org/**", (route) => route.fulfill({ body: "there" }));
  const terminal = terminalOn(page);
  await terminal.open();
  await terminal.type("clear; echo see https://example.org/written?a=1 now\n");
  const written = context.waitForEvent("page");
  await press(terminal, "see https://example.org/written?a=1 now", "example.org/written");
  expect((await written).url()).toBe("https://example.org/written?a=1");

  await terminal.type(
    "clear; printf '\\e]8;;%s\\e\\\\%s\\e]8;;\\e\\\\\\n' 'javascript:void(document.title=1)' wicked https://example.org/hidden w''ord\n",
  );
  const title = await page.title();
  await press(terminal, "wicked");
  const hidden = context.waitForEvent("page");
  await press(terminal, "word");
  expect((await hidden).url()).toBe("https://example.org/hidden");
  await expect(page.locator(".xterm")).toHaveAttribute("title", "https://example.org/hidden");
  expect(context.pages()).toHaveLength(3);
  expect(await page.title()).toBe(title);
});

test("a program copies for who types, and not when its output is drawn again", async ({ page, context, site }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const copied = () => page.evaluate(() => navigator.clipboard.readText());
  const encoded = Buffer.from("für dich\nund mich").toString("base64");
  const terminal = terminalOn(page);
  await terminal.open();
  await page.evaluate(() => navigator.clipboard.writeText("mine"));
  await terminal.type(`printf '\\e]52;c;?\\a\\e]52;p;%s\\a' ${encoded}; echo as-$((1+1))ked\n`);
  await terminal.sees("as-2ked");
  expect(await copied()).toBe("mine");
  await terminal.type(`printf '\\e]52;c;%s\\a' ${encoded}\n`);
  await expect(page.getByText("The program copied 17 characters.")).toBeVisible();
  expect(await copied()).toBe("für dich\nund mich");

  await page.evaluate(() => navigator.clipboard.writeText("mine"));
  await page.reload();
  await terminal.sees("as-2ked");
  await terminal.type("echo re-$((1+1))loaded\n");
  await terminal.sees("re-2loaded");
  expect(await copied()).toBe("mine");

  await page.getByRole("button", { name: "More about this terminal" }).focus();
  await write(site, idOf(page), `printf '\\e]52;c;%s\\a' ${encoded}; echo un-$((1+1))looked\r`);
  await terminal.sees("un-2looked");
  expect(await copied()).toBe("mine");
});

test("a paste of several lines comes as one where the program can take it so, and cannot end itself", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const terminal = terminalOn(page);
  await terminal.open();
  await page.evaluate(() => navigator.clipboard.writeText("echo one-$((1+0))\necho two-$((1+1))\u001b[201~\n"));
  await page.getByRole("textbox", { name: "Terminal input" }).press("Control+Shift+V");
  await terminal.sees("echo two-$((1+1))␛[201~");
  await expect(page.getByRole("alertdialog")).toHaveCount(0);
  await expect(terminal.screen).not.toContainText("one-1");
  await page.keyboard.press("Enter");
  await terminal.sees("one-1");
  await terminal.sees("two-2");
});
