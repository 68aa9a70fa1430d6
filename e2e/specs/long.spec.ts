/** Twenty thousand events or lines of a diff: drawn in parts, followed at the end, left alone for a reader further up. */
import { expect, test } from "../fixtures.ts";

test("stays small, follows, and gives every older page back", async ({ chat }) => {
  test.setTimeout(150_000);
  await chat.start("Showcase");
  await chat.say("messages 20000");
  await expect(chat.transcript.getByText("message 20000")).toBeVisible({ timeout: 90_000 });
  await expect(chat.transcript.getByText("Done")).toBeVisible();
  expect(await chat.transcript.locator("[data-index]").count()).toBeLessThan(120);

  await chat.page.reload();
  await expect(chat.transcript.getByText("message 20000")).toBeVisible();
  const before = await chat.transcript.evaluate((region) => region.scrollHeight);
  await chat.transcript.hover();
  await chat.page.mouse.wheel(0, -200_000);
  await expect.poll(() => chat.transcript.evaluate((region) => region.scrollHeight)).toBeGreaterThan(before);
  expect(await chat.transcript.locator("[data-index]").count()).toBeLessThan(120);
  await chat.page.getByRole("button", { name: "To the end" }).click();
  await expect(chat.transcript.getByText("message 20000")).toBeVisible();
});

test("new output does not move a reader who is further up", async ({ chat, site }) => {
  await chat.start("Showcase");
  const id = new URL(chat.page.url()).pathname.split("/").at(-1) ?? "";
  await chat.say("messages 200");
  await expect(chat.transcript.getByText("Done")).toBeVisible();
  await chat.transcript.hover();
  await chat.page.mouse.wheel(0, -1_500);
  await expect(chat.page.getByRole("button", { name: "To the end" })).toBeVisible();
  const place = await chat.transcript.evaluate((region) => region.scrollTop);
  await site.api.operations["messages.send"]({ session_id: id, content: "markdown" });
  const pill = chat.page.getByRole("button", { name: "New output" });
  await expect(pill).toBeVisible();
  expect(await chat.transcript.evaluate((region) => region.scrollTop)).toBe(place);
  await pill.click();
  await expect(chat.transcript.getByRole("heading", { name: "A small report" })).toBeVisible();
  await expect(pill).toHaveCount(0);
});

test("a diff of twenty thousand lines is drawn where it is looked at, and nowhere else", async ({ chat }) => {
  const { page, transcript } = chat;
  await chat.start("Coder");
  await chat.say("fill big.txt");
  await page.getByRole("button", { name: "Allow", exact: true }).first().click();
  await expect(transcript.getByText("Did: fill big.txt.")).toBeVisible();
  await page.getByRole("button", { name: /^Changes/ }).click();
  await expect(page.getByRole("button", { name: /^Changes/ })).toHaveText(/\+20,000/);
  const files = page.getByRole("region", { name: "Changed files" });
  await expect(files).toContainText("1 file changed +20,000");
  const lines = files.locator(".diff-line");
  await expect(lines).toHaveCount(300);
  await files.getByRole("button", { name: "Show all 20,000 lines" }).press("Enter");
  const patch = files.getByRole("region", { name: "Patch of big.txt" });
  // Rows that are higher or lower than was thought would each move the thousands below them.
  await expect.poll(() => patch.evaluate((frame) => frame.scrollHeight)).toBe(20_000 * 20);
  await expect(patch).toBeFocused();
  expect(await lines.count()).toBeLessThan(80);
  await patch.evaluate((frame) => frame.scrollTo({ top: frame.scrollHeight }));
  await expect(patch.getByText(/r20000$/)).toBeVisible();
  expect(await lines.count()).toBeLessThan(80);
  expect(await patch.evaluate((frame) => frame.scrollHeight)).toBe(20_000 * 20);
});
