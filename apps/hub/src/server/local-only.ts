/**
 * A hub whose credentials everybody knows answers only requests that are addressed to this machine. A web page can make a
 * browser reach 127.0.0.1 under a name of its own (DNS rebinding) and sign in with them; a tunnel can do the same for anybody.
 */
import type { IncomingMessage } from "node:http";
import { AppError } from "@fairlead/protocol";
import { sendError } from "./api/respond.ts";
import type { Locate } from "./auth/client-address.ts";
import { isLoopback } from "./config.ts";
import type { Doors } from "./front.ts";
import { refuseUpgrade } from "./gateway/refusal.ts";

/** The same doors for requests that name this machine as their host; FORBIDDEN for the others. */
export function localOnly(doors: Doors, locate: Locate): Doors {
  return {
    request: (request, response) => {
      if (isAddressedHere(request, locate)) doors.request(request, response);
      else sendError(response, refusal());
    },
    upgrade: (request, socket, head) => {
      if (isAddressedHere(request, locate)) return doors.upgrade(request, socket, head);
      refuseUpgrade(socket, refusal());
      return true;
    },
  };
}

function isAddressedHere(request: IncomingMessage, locate: Locate): boolean {
  // A browser always names a host.
  if (request.headers.host === undefined) return true;
  const { origin } = locate(request);
  const host = origin === undefined ? undefined : new URL(origin).hostname;
  // Browsers take every name below localhost for this machine, whatever a name server says.
  return isLoopback(host) || host?.endsWith(".localhost") === true;
}

function refusal(): AppError {
  return new AppError(
    "FORBIDDEN",
    "this hub has credentials that everybody knows, so it answers at localhost only; its log names those to change (jwt_secret, runtime_tokens, initial_admin)",
  );
}
