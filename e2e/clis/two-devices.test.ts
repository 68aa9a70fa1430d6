/** Claude Code in a real browser: begun at a desk, asked about while nobody looks and its runtime dies, answered from a phone. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from "@playwright/test";
import { afterAll, beforeAll, expect, it } from "vitest";
import { findChromium, launchOptions } from "../chromium.ts";
import { chatOn, signInWith } from "../fixtures.ts";
import { until } from "../harness/until.ts";
import { type ModelServer, startModelServer } from "../model/server.ts";
import { ADMIN, openSite, type Site } from "../site.ts";
import { wholeLog } from "../soak/logs.ts";
import { describeReal, lackOf } from "./describe-real.ts";
import { createHome, installCli, prepareCli } from "./ready.ts";

const DESK: BrowserContextOptions = { viewport: { width: 1440, height: 900 } };
const PHONE: BrowserContextOptions = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };
/** Longest wait for something on a screen (ms): an agent takes its time to start on a busy machine. */
const PATIENCE = 60_000;

const installed = await installCli("claude");
const lack = lackOf(installed) ?? (findChromium() === undefined ? "there is no Chromium" : undefined);

describeReal("claude, a desk and a phone", lack, () => {
  const { home, work } = createHome("claude");
  let model: ModelServer;
  let site: Site;
  let browser: Browser;

  beforeAll(async () => {
    if (!("folder" in installed)) return;
    model = await startModelServer();
    const { command, args, env } = prepareCli("claude", installed.folder, { home, modelUrl: model.url });
    site = await openSite({ endpoints: [{ id: "claude", name: "Claude", claude_code: { command, args, env, work_dir: work } }] });
    browser = await chromium.launch(launchOptions());
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
    await model?.close();
    rmSync(home, { recursive: true, force: true, maxRetries: 3 });
  });

  it("the question outlives the laptop and the runtime, and its answer leads to the diff of what was edited", async () => {
    const lamps = join(work, "lamps.txt");
    writeFileSync(lamps, "one lamp\ntwo lamps\n");
    const command = `wc -l ${lamps} > ${join(work, "count.txt")}`;

    const desk = await openDevice(browser, site, DESK);
    const chat = chatOn(desk.page);
    await chat.start("Claude");
    await chat.say(`SAY:I count first.;;TOOL:bash:${command};;READ:${lamps};;EDIT:${lamps}:two lamps=>three lamps;;SAY:It is three now.`);
    await asked(desk.page).getByText(command).first().waitFor();
    const session = new URL(desk.page.url()).pathname;
    await desk.context.close();
    await site.runtime.kill9();
    await site.runtime.start();

    const { page, context } = await openDevice(browser, site, PHONE);
    await page.goto("/inbox");
    await asked(page).getByText(command).first().waitFor();
    await asked(page).getByRole("button", { name: "Allow once" }).tap();
    await asked(page).getByText("wants to change a file").waitFor();
    expect(readFileSync(lamps, "utf8")).toBe("one lamp\ntwo lamps\n");
    await asked(page)
      .filter({ hasText: "wants to change a file" })
      .getByRole("link", { name: /^Show this in/ })
      .tap();
    await page.waitForURL((url) => url.pathname === session);
    await asked(page).getByRole("button", { name: "Allow once" }).tap();

    const { transcript } = chatOn(page);
    await transcript.getByRole("article", { name: "Answer" }).getByText("It is three now.").waitFor();
    await transcript.getByText("Done", { exact: true }).waitFor();
    await transcript.getByRole("button", { name: /^Edit .*lamps.txt/ }).tap();
    const diff = transcript.getByRole("region", { name: "Changes in lamps.txt" });
    await diff.getByText("three lamps").waitFor();
    await diff.getByText("two lamps").waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
    expect(readFileSync(lamps, "utf8")).toBe("one lamp\nthree lamps\n");
    expect(readFileSync(join(work, "count.txt"), "utf8")).toContain("2 ");
    await context.close();

    const log = await wholeLog(site.api, session.split("/").at(-1) ?? "");
    const count = (type: string) => log.filter((event) => event.type === type).length;
    expect(["requested", "resolved", "applied", "superseded"].map((what) => count(`approval.${what}`))).toEqual([2, 2, 2, 0]);
    expect(count("turn.completed")).toBe(1);
    await until("no question is left", async () => (await site.api.operations["approvals.list"]({ state: "open" })).length === 0);
    expect(model.tunnels).toEqual([]);
  });
});

interface Device {
  readonly context: BrowserContext;
  readonly page: Page;
}

/** Somebody signs in on a device of their own. */
async function openDevice(browser: Browser, { url }: Site, options: BrowserContextOptions): Promise<Device> {
  const context = await browser.newContext({ ...options, baseURL: url });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  await page.goto("/login");
  await signInWith(page, ADMIN);
  await page.waitForURL((at) => at.pathname === "/");
  return { context, page };
}

function asked(page: Page) {
  return page.getByRole("region", { name: "The agent asks for approval" });
}
