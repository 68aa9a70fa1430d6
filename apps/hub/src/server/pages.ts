/** Starts Next inside this process. Imported late: a hub without pages never loads it. */
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { AppError } from "@fairlead/protocol";
import { prepareWebEnvironment } from "./config.ts";

export interface Pages {
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** For upgrades that are not the hub's own: hot reload in development. False: nobody wants it. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean;
  close(): Promise<void>;
}

export interface PagesOptions {
  readonly dev: boolean;
  /** The repository's root; the app is below it. */
  readonly root: string;
  readonly host: string | undefined;
  readonly port: number;
  readonly baseUrl: string | undefined;
}

export async function startPages({ dev, root, host, port, baseUrl }: PagesOptions): Promise<Pages> {
  const dir = join(root, "apps/hub");
  prepareWebEnvironment({ dev, baseUrl, builtConfig: dev ? undefined : readBuiltConfig(dir) });
  const { default: next } = await import("next");
  // Next listens for upgrades on the server it is given and ends every socket whose path matches a page. This one never
  // listens anywhere, so Next hears only of the upgrades that are passed on.
  const upgrades: Server = createServer();
  const app = next({ dev, dir, httpServer: upgrades, hostname: host ?? "localhost", port });
  await app.prepare();
  const handle = app.getRequestHandler();
  return {
    handle: (request, response) => handle(request, response),
    handleUpgrade: (request, socket, head) => dev && upgrades.emit("upgrade", request, socket, head),
    close: () => app.close(),
  };
}

/** Next's configuration as it was built, as JSON. Throws UNAVAILABLE when nothing was built. */
function readBuiltConfig(dir: string): string {
  try {
    const files = JSON.parse(readFileSync(join(dir, ".next/required-server-files.json"), "utf8")) as { config: object };
    return JSON.stringify(files.config);
  } catch (cause) {
    throw new AppError("UNAVAILABLE", "the web app is not built; run `npm run build`", { cause });
  }
}
