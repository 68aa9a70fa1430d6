/** What every browser test starts with: the product running, somebody signed in, and words for what people do. */
import { type BrowserContext, test as base, type Locator, type Page } from "@playwright/test";
import { ADMIN, openSite, type Site } from "./site.ts";

export { expect } from "@playwright/test";

type Cookies = Awaited<ReturnType<BrowserContext["storageState"]>>;

interface TestFixtures {
  /** A page that nobody is signed in on. */
  readonly stranger: Page;
  readonly chat: Chat;
}

interface WorkerFixtures {
  readonly site: Site;
  readonly cookies: Cookies;
}

/** A person with a signed-in page. */
export interface Chat {
  readonly page: Page;
  /** Starts a session with an agent, by way of the agent list, and waits until it can be written to. */
  start(agent: string): Promise<void>;
  say(text: string): Promise<void>;
  readonly field: Locator;
  readonly transcript: Locator;
  readonly send: Locator;
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  site: [
    async ({ browserName: _ }, provide) => {
      const site = await openSite();
      await provide(site);
      await site.close();
    },
    { scope: "worker", timeout: 90_000 },
  ],
  cookies: [
    async ({ site, browser }, provide) => {
      const context = await browser.newContext({ baseURL: site.url });
      const page = await context.newPage();
      await page.goto("/login");
      await signInWith(page, ADMIN);
      await page.waitForURL((url) => url.pathname === "/");
      const cookies = await context.storageState();
      await context.close();
      await provide({ ...cookies, origins: [] });
    },
    { scope: "worker" },
  ],
  baseURL: async ({ site }, provide) => provide(site.url),
  storageState: async ({ cookies }, provide) => provide(cookies),
  stranger: async ({ browser, site, viewport, colorScheme }, provide) => {
    const context = await browser.newContext({ baseURL: site.url, viewport, colorScheme, storageState: { cookies: [], origins: [] } });
    await provide(await context.newPage());
    await context.close();
  },
  chat: async ({ page }, provide) => provide(chatOn(page)),
});

export async function signInWith(page: Page, who: { readonly username: string; readonly password: string }): Promise<void> {
  await page.getByLabel("Username").fill(who.username);
  await page.getByLabel("Password").fill(who.password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

export function chatOn(page: Page): Chat {
  const field = page.getByRole("textbox", { name: "Message" });
  const send = page.getByRole("button", { name: "Send", exact: true });
  return {
    page,
    field,
    send,
    transcript: page.getByRole("region", { name: "Conversation" }),
    async start(agent) {
      await page.goto("/agents");
      await page.getByRole("button", { name: `Start a session with ${agent}` }).click();
      await page.waitForURL(/\/sessions\//);
      await page.getByRole("heading", { level: 2, name: agent }).waitFor();
    },
    async say(text) {
      await field.fill(text);
      await send.click();
    },
  };
}
