/** What every screen must be: readable for everybody, and no wider than the device. */
import AxeBuilder from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";

/** `name`: what the screen shows, for whoever reads the failure. */
export async function expectAccessible(page: Page, name: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  const words = serious.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 200)} ${node.failureSummary ?? ""}`));
  expect(words, `accessibility of ${name}`).toEqual([]);
}

export async function expectFits(page: Page, name: string): Promise<void> {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(wide, `${name} is wider than the screen by`).toBeLessThanOrEqual(0);
}

export async function expectSound(page: Page, name: string): Promise<void> {
  await expectAccessible(page, name);
  await expectFits(page, name);
}
