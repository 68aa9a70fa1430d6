/** Cut links: what people see meanwhile, and that nothing they wrote is lost or doubled. */
import { chatOn, expect, test } from "../fixtures.ts";

test.afterEach(async ({ site }) => {
  site.link.resume();
  await site.runtime.start();
});

test("offline: says so, keeps what is sent, and sends it once when back", async ({ chat, site }) => {
  await chat.start("Showcase");
  await chat.say("before");
  await expect(chat.transcript.getByText("You said: before")).toBeVisible();
  site.link.block();
  const bar = chat.page.getByRole("status").filter({ hasText: "Offline for" });
  await expect(bar).toContainText(/Offline for \d+ s — (reconnecting in \d+ s|connecting…)/);
  await chat.say("from the train");
  await expect(chat.transcript.getByText("On this device, goes out when you are back online")).toBeVisible();
  await expect(bar).toContainText("1 message waiting on this device");
  site.link.resume();
  await bar.getByRole("button", { name: "Retry now" }).click();
  await expect(chat.transcript.getByText("You said: from the train")).toBeVisible();
  await expect(bar).toHaveCount(0);
  await expect(chat.transcript.getByText("from the train", { exact: true })).toHaveCount(1);
});

test("a reload keeps the draft and what was not sent", async ({ chat }) => {
  const { page } = chat;
  await chat.start("Showcase");
  await chat.say("hello");
  await expect(chat.transcript.getByText("You said: hello")).toBeVisible();
  // Pages still load; only the live connection is refused, as behind a proxy that knows no WebSockets.
  await page.routeWebSocket(/\/ws\/client/, (socket) => socket.close({ code: 1011 }));
  await page.reload();
  await expect(page.getByText("The conversation is shown when the hub can be reached.")).toBeVisible();
  await chat.say("unsent words");
  await chat.field.fill("a draft");
  await page.reload();
  await expect(chat.transcript.getByText("unsent words")).toBeVisible();
  await expect(chat.field).toHaveValue("a draft");

  const again = await page.context().newPage();
  await again.goto(page.url());
  await expect(chatOn(again).transcript.getByText("You said: unsent words")).toBeVisible();
  await expect(again.getByRole("textbox", { name: "Message" })).toHaveValue("a draft");
  await expect(chatOn(again).transcript.getByText("unsent words", { exact: true })).toHaveCount(1);
});

test("the runtime is away: messages wait, can be taken back, and are delivered when it returns", async ({ chat, site }) => {
  await chat.start("Showcase");
  await chat.say("one");
  await expect(chat.transcript.getByText("You said: one")).toBeVisible();
  await site.runtime.kill9();
  const bar = chat.page.getByRole("status").filter({ hasText: "Workbench last heard" });
  await expect(bar).toContainText(/Workbench last heard .* messages wait until it returns/);
  await chat.say("two");
  await chat.say("three");
  await expect(bar).toContainText("2 messages waiting for it");
  await expect(chat.transcript.getByText(/Waiting for the runtime · until/)).toBeVisible();
  await chat.transcript.getByRole("button", { name: "Cancel" }).last().click();
  await site.runtime.start();
  await expect(chat.transcript.getByText("You said: two")).toBeVisible();
  await expect(chat.transcript.getByText("Cancelled")).toBeVisible();
  await expect(bar).toHaveCount(0);
  await expect(chat.transcript.getByText("You said: three")).toHaveCount(0);
});

test("a runtime that dies under a turn leaves no spinner behind", async ({ chat, site }) => {
  await chat.start("Showcase");
  await chat.say("wait");
  await expect(chat.transcript.getByText(/Working…/)).toBeVisible();
  await site.runtime.kill9();
  await expect(chat.transcript.getByText(/what it does now is not known/)).toBeVisible();
  await site.runtime.start();
  await expect(chat.transcript.getByRole("region", { name: "Turn failed" })).toContainText("The runtime stopped while this was running");
});
