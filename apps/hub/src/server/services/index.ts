/** Builds the services and holds the complete table of operations, one line each. */

import { createAgentSettings } from "./agent-settings.ts";
import { createApprovals } from "./approvals.ts";
import type { Services } from "./contract.ts";
import type { ServiceDependencies } from "./dependencies.ts";
import { createEndpoints } from "./endpoints.ts";
import { createEvents } from "./events.ts";
import { createFiles } from "./files.ts";
import { createMessages } from "./messages.ts";
import { createExecutor, type OperationTable } from "./operation.ts";
import { createPresence } from "./presence.ts";
import { createRuleBook } from "./rule-book.ts";
import { createRules } from "./rules.ts";
import { createRulings } from "./rulings.ts";
import { createRuntimeRequests } from "./runtime-requests.ts";
import { createRuntimes } from "./runtimes.ts";
import { createSessions } from "./sessions.ts";
import { createSweep } from "./sweep.ts";
import { createTerminalScripts } from "./terminal-scripts.ts";
import { createTerminalShares } from "./terminal-shares.ts";
import { createTerminals } from "./terminals.ts";
import { createTurns } from "./turns.ts";
import { createUsers } from "./users.ts";

/** Everything the doors may ask, but for the logins: those belong to the sign-in, which comes before any operation. */
export function createServices(deps: ServiceDependencies): Omit<Services, "logins"> {
  const presence = createPresence();
  const requests = createRuntimeRequests();
  const endpoints = createEndpoints(deps, { presence, requests });
  const sessions = createSessions(deps, endpoints);
  const files = createFiles(deps);
  const messages = createMessages(deps, { endpoints, sessions, files });
  const turns = createTurns(deps);
  const approvals = createApprovals(deps);
  const settings = createAgentSettings(deps);
  const book = createRuleBook(deps.db.prisma);
  const rulings = createRulings(deps, book);
  const rules = createRules(deps, { book, rulings });
  const events = createEvents(deps);
  const users = createUsers(deps);
  const terminals = createTerminals(deps, { endpoints, sessions });
  const scripts = createTerminalScripts(deps, requests);
  const shares = createTerminalShares(deps);

  const table: OperationTable = {
    "health.live": deps.operations["health.live"],
    "health.ready": deps.operations["health.ready"],
    "auth.config": deps.operations["auth.config"],
    "auth.login": deps.operations["auth.login"],
    "auth.logout": deps.operations["auth.logout"],
    "me.get": users.operations["me.get"],
    "users.list": users.operations["users.list"],
    "users.create": users.operations["users.create"],
    "endpoints.list": endpoints.operations["endpoints.list"],
    "endpoints.native_sessions": endpoints.operations["endpoints.native_sessions"],
    "sessions.list": sessions.operations["sessions.list"],
    "sessions.create": sessions.operations["sessions.create"],
    "sessions.get": sessions.operations["sessions.get"],
    "sessions.rename": sessions.operations["sessions.rename"],
    "sessions.read": sessions.operations["sessions.read"],
    "sessions.stop": turns.operations["sessions.stop"],
    "sessions.close": sessions.operations["sessions.close"],
    "sessions.configure": settings.operations["sessions.configure"],
    "sessions.changes": settings.operations["sessions.changes"],
    "messages.list": messages.operations["messages.list"],
    "messages.send": messages.operations["messages.send"],
    "events.list": events.operations["events.list"],
    "approvals.list": approvals.operations["approvals.list"],
    "approvals.count": approvals.operations["approvals.count"],
    "approvals.get": approvals.operations["approvals.get"],
    "approvals.answer": approvals.operations["approvals.answer"],
    "approvals.propose_rule": approvals.operations["approvals.propose_rule"],
    "terminals.open": terminals.operations["terminals.open"],
    "terminals.list": terminals.operations["terminals.list"],
    "terminals.close": terminals.operations["terminals.close"],
    "terminals.screen": scripts.operations["terminals.screen"],
    "terminals.write": scripts.operations["terminals.write"],
    "terminals.wait": scripts.operations["terminals.wait"],
    "terminals.record": terminals.operations["terminals.record"],
    "terminals.share": shares.operations["terminals.share"],
    "terminals.unshare": shares.operations["terminals.unshare"],
    "terminals.shares": shares.operations["terminals.shares"],
    "rules.list": rules.operations["rules.list"],
    "rules.create": rules.operations["rules.create"],
    "rules.update": rules.operations["rules.update"],
    "rules.delete": rules.operations["rules.delete"],
    "rules.rehearse": rules.operations["rules.rehearse"],
    "audit.list": deps.audit.operations["audit.list"],
  };
  const execute = createExecutor(table, deps);

  return {
    execute: (name, principal, input, facts) => execute({ name, principal, input, facts }),
    events: { open: events.open, page: events.page, heads: events.heads },
    runtimes: createRuntimes(deps, { endpoints, presence, rulings, requests }),
    terminals: { watch: terminals.watch },
    files,
    sweep: createSweep(deps, { files, book }),
  };
}

export type { InjectedOperations, ServiceDependencies } from "./dependencies.ts";
