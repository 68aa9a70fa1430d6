/** Words for what people do in a terminal's page; its screen is read as a screen reader reads it. */
import { type BrowserContext, expect, type Locator, type Page } from "@playwright/test";

export interface TerminalPage {
  readonly page: Page;
  /** The screen as text. */
  readonly screen: Locator;
  /** Opens a new one by way of the list. */
  open(agent?: string): Promise<void>;
  type(keys: string): Promise<void>;
  sees(text: string | RegExp): Promise<void>;
  menu(item: string | RegExp): Promise<void>;
}

/** Lets screens of this browser be read; to be called before any page is opened. */
export async function readAloud(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => localStorage.setItem("fairlead.terminal-look", JSON.stringify({ screenReader: true })));
}

export function terminalOn(page: Page): TerminalPage {
  const screen = page.locator(".xterm-accessibility-tree");
  const field = page.getByRole("textbox", { name: "Terminal input" });
  const sees = async (text: string | RegExp) => {
    await expect(screen).toContainText(text);
  };
  return {
    page,
    screen,
    sees,
    async open(agent = "Shell") {
      await page.goto("/terminals");
      await page.getByRole("button", { name: `Connect to ${agent} on Workbench` }).click();
      await page.waitForURL(/\/sessions\//);
      await sees("$");
    },
    async type(keys) {
      await field.focus();
      await page.keyboard.type(keys);
    },
    async menu(item) {
      await page.getByRole("button", { name: "More about this terminal" }).click();
      await page.getByRole("menuitem", { name: item, exact: true }).click();
    },
  };
}
