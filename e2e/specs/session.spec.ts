/** What people do with sessions: stop, queue, take back, rename, close, find, switch, read. */
import { expect, test } from "../fixtures.ts";

test("stops a running turn; what waits behind it goes on", async ({ chat }) => {
  await chat.start("Showcase");
  await chat.say("wait");
  await expect(chat.transcript.getByText(/Working…\s*\d/)).toBeVisible();
  await expect(chat.page).toHaveTitle(/● wait · Fairlead$/);
  await chat.say("first");
  await expect(chat.transcript.getByText("In the queue · next in line")).toBeVisible();
  await chat.say("second");
  await expect(chat.transcript.getByText("In the queue · 2 before it")).toBeVisible();
  await chat.transcript.getByRole("button", { name: "Cancel" }).last().click();
  await expect(chat.transcript.getByText("Cancelled")).toBeVisible();
  await chat.page.getByRole("button", { name: "Stop", exact: true }).click();
  await expect(chat.transcript.getByText("Stopped")).toBeVisible();
  await expect(chat.transcript.getByText("You said: first")).toBeVisible();
  await expect(chat.transcript.getByText("You said: second")).toHaveCount(0);
  await expect(chat.page.getByRole("button", { name: "Stop", exact: true })).toHaveCount(0);
});

test("Escape stops, but only when it is meant", async ({ chat }) => {
  await chat.start("Showcase");
  await chat.say("wait");
  await expect(chat.transcript.getByText(/Working…/)).toBeVisible();
  await chat.page.keyboard.press("Escape");
  await expect(chat.page.getByText("Press Esc again to stop the agent.")).toBeVisible();
  await expect(chat.transcript.getByText(/Working…/)).toBeVisible();
  await chat.page.keyboard.press("Escape");
  await expect(chat.transcript.getByText("Stopped")).toBeVisible();
});

test("renames in place, finds by title, closes after a question", async ({ chat }) => {
  const { page } = chat;
  await chat.start("Showcase");
  const list = page.getByRole("complementary", { name: "Sessions" });
  await page.getByRole("button", { name: "More about this session" }).click();
  await page.getByRole("menuitem", { name: "Rename" }).click();
  await page.getByRole("textbox", { name: "Title of the session" }).fill("Quarterly numbers");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "Quarterly numbers" })).toBeVisible();
  await expect(list.getByRole("link", { name: /Quarterly numbers/ })).toBeVisible();

  const search = list.getByRole("searchbox");
  await search.fill("no such title");
  await expect(list.getByText(/No session's title has/)).toBeVisible();
  await search.fill("quarterly");
  await expect(list.getByRole("listitem")).toHaveCount(1);
  await list.getByRole("button", { name: "Clear the search" }).click();

  await list.getByRole("link", { name: /Quarterly numbers/ }).hover();
  await list.getByRole("button", { name: "More about Quarterly numbers" }).click();
  await page.getByRole("menuitem", { name: "Close session…" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Close session" }).click();
  await expect(page.getByText("This session is closed. Start a new one to go on.")).toBeVisible();
  await expect(list.getByRole("link", { name: /Quarterly numbers/ })).toContainText("Closed");
});

test("marks what came while nobody looked, until somebody does", async ({ chat, site }) => {
  const { page } = chat;
  await chat.start("Showcase");
  const id = new URL(page.url()).pathname.split("/").at(-1) ?? "";
  await site.api.operations["sessions.rename"]({ session_id: id, title: "Unread one" });
  await page.getByRole("link", { name: "New session" }).click();
  // The conversation has left the screen before the news comes; else it would have been seen.
  await expect(page.getByRole("heading", { level: 1, name: "Who do you want to talk to?" })).toBeVisible();
  await expect(chat.transcript).toHaveCount(0);
  await site.api.operations["messages.send"]({ session_id: id, content: "news" });
  const row = page.getByRole("link", { name: /Unread one/ });
  await expect(row).toContainText("unread");
  await row.click();
  await expect(chat.transcript.getByText("You said: news")).toBeVisible();
  await page.getByRole("link", { name: "New session" }).click();
  await expect(row).not.toContainText("unread");
});

test("the keyboard reaches everything", async ({ chat }) => {
  const { page } = chat;
  await chat.start("Showcase");
  await page.keyboard.press("Control+k");
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("combobox").fill("python");
  // Sessions stand before agents, so the last choice is the agent, whatever sessions there are already.
  await expect(dialog.getByRole("option").last()).toContainText("Python REPL");
  await page.keyboard.press("ArrowUp");
  await expect(dialog.getByRole("option").last()).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 2, name: "Python REPL" })).toBeVisible();
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
  await page.keyboard.press("Escape");
  await page.keyboard.press("/");
  await expect(chat.field).toBeFocused();
  await chat.field.pressSequentially("1 +");
  await page.keyboard.press("Shift+Enter");
  await expect(chat.field).toHaveValue("1 +\n");
  await chat.field.fill("print('sent by Enter')");
  await page.keyboard.press("Enter");
  await expect(chat.field).toHaveValue("");
  const output = chat.transcript.getByRole("region", { name: "Output", exact: true });
  await expect(output.filter({ hasText: "sent by Enter" })).toBeVisible();
});

test("Enter never sends while an input method composes", async ({ chat }) => {
  const { page } = chat;
  await chat.start("Showcase");
  await chat.field.focus();
  const browser = await page.context().newCDPSession(page);
  await browser.send("Input.imeSetComposition", { text: "にほん", selectionStart: 3, selectionEnd: 3 });
  await browser.send("Input.dispatchKeyEvent", { type: "keyDown", key: "Enter", code: "Enter", windowsVirtualKeyCode: 229 });
  await browser.send("Input.insertText", { text: "日本" });
  await expect(chat.field).toHaveValue("日本");
  // Safari ends the composition first and then reports the key that ended it, with the code 229.
  await chat.field.evaluate((field) => {
    const press = new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true, keyCode: 229 } as KeyboardEventInit);
    field.dispatchEvent(press);
  });
  await expect(chat.field).toHaveValue("日本");
  await page.keyboard.press("Enter");
  await expect(chat.transcript.getByText("You said: 日本")).toBeVisible();
});

test("somebody else's session is as unknown as one that never was", async ({ chat }) => {
  await chat.page.goto("/sessions/00000000-0000-4000-8000-000000000000");
  await expect(chat.page.getByRole("heading", { name: "There is no such session" })).toBeVisible();
  await chat.page.goto("/nothing/of/this/name");
  await expect(chat.page.getByRole("heading", { name: "There is nothing here" })).toBeVisible();
});
