/** How much a session holds: what people add and what its agent makes are counted apart. */
import { createHash, randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { afterEach, expect, it } from "vitest";
import { createKit, type Kit, TOKEN } from "./test/kit.ts";

let kit: Kit;
afterEach(() => kit.close());

async function hold(session_id: string, files: readonly { readonly text: string; readonly size: number }[]): Promise<void> {
  await kit.db.prisma.file.createMany({
    data: files.map(({ text, size }) => ({
      id: randomUUID(),
      sessionId: session_id,
      name: "made",
      mimeType: "text/plain",
      size,
      createdAt: new Date(kit.time.now),
      sha256: sha256(text),
    })),
  });
}

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

function bring(session_id: string, text: string) {
  const said = { token: TOKEN, session_id, name: "made", mime_type: "text/plain", sha256: sha256(text), address: "127.0.0.1" };
  return kit.services.files.uploadMade({ ...said, body: Readable.from([Buffer.from(text)]) });
}

it.each([
  ["files", 199, 1],
  ["bytes", 24, 1_000],
])("holds so many %s of an agent in one session, while people may still add theirs", async (_what, count, size) => {
  kit = await createKit({ storage: { max_file_bytes: 1_000 } });
  await kit.connect();
  const session_id = (await kit.newSession(kit.ann)).id;
  await hold(
    session_id,
    Array.from({ length: count }, (_, at) => ({ text: `${at}`, size })),
  );
  const last = await bring(session_id, "x".repeat(size));
  await expect(bring(session_id, "one more")).rejects.toMatchObject({ code: "LIMIT_EXCEEDED" });
  expect(await bring(session_id, "x".repeat(size))).toEqual(last);
  const mine = { session_id, name: "mine.txt", mime_type: "text/plain", address: "127.0.0.1" };
  expect(await kit.services.files.upload(kit.ann, { ...mine, body: Readable.from([Buffer.from("mine")]) })).toMatchObject({ size: 4 });
  const other = (await kit.newSession(kit.ann)).id;
  expect((await bring(other, "x".repeat(size))).file_id).not.toBe(last.file_id);
});
