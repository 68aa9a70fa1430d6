/** The HTTP service behind the demo's "HTTP Echo": says back what it was sent, a word at a time, so that streaming shows. */
import { createServer } from "node:http";

const PORT = Number(process.env.ECHO_PORT ?? 8091);
const WORD_DELAY_MS = 30;
const LONGEST_BODY = 1_048_576;

const server = createServer(async (request, response) => {
  try {
    const text = await bodyOf(request);
    response.writeHead(200, { "content-type": "text/plain; charset=utf-8" });
    for (const word of `You said: ${text}`.split(/(?<=\s)/)) {
      if (response.destroyed) return;
      response.write(word);
      await new Promise((resolve) => setTimeout(resolve, WORD_DELAY_MS));
    }
    response.end();
  } catch (error) {
    response.writeHead(413, { "content-type": "text/plain; charset=utf-8", connection: "close" });
    response.end(`${error.message}\n`);
  }
});

async function bodyOf(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > LONGEST_BODY) throw new Error(`The message is longer than ${LONGEST_BODY} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

server.on("error", (error) => {
  console.error(`The echo service cannot listen on port ${PORT}: ${error.message}`);
  process.exitCode = 1;
});
server.listen(PORT, "127.0.0.1");
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => server.close(() => process.exit(0)).closeAllConnections());
