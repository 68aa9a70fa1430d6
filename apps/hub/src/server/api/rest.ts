/** The REST door: a loop over the contracts. Path, query and body become one input; `execute` does the rest. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { AppError, CONTRACTS, OPERATION_NAMES, type OperationName } from "@fairlead/protocol";
import { clearedSessionCookies } from "../auth/cookies.ts";
import type { Services } from "../services/contract.ts";
import type { Identify } from "./identify.ts";
import { readJsonObject, sendJson } from "./respond.ts";

interface Route {
  readonly name: OperationName;
  readonly method: string;
  readonly segments: readonly string[];
}

export interface RestMatch {
  readonly name: OperationName;
  readonly params: Readonly<Record<string, string>>;
}

const ROUTES: readonly Route[] = OPERATION_NAMES.map((name) => {
  const { method, path } = CONTRACTS[name].http;
  return { name, method, segments: path.split("/") };
});

/** The operation at a path; undefined when no contract has that path. Throws METHOD_NOT_ALLOWED (see `allowedMethods`). */
export function matchRest(method: string, path: string): RestMatch | undefined {
  const matches = matchPath(path);
  if (matches.length === 0) return undefined;
  const wanted = method === "HEAD" ? "GET" : method;
  const found = matches.find(({ route }) => route.method === wanted);
  if (found !== undefined) return { name: found.route.name, params: found.params };
  throw new AppError("METHOD_NOT_ALLOWED", `${method} is not possible here; ${allowedMethods(path).join(", ")} is`);
}

/** The methods that a path knows, for the `Allow` header. */
export function allowedMethods(path: string): string[] {
  return matchPath(path).flatMap(({ route }) => (route.method === "GET" ? ["GET", "HEAD"] : [route.method]));
}

function matchPath(path: string): { route: Route; params: Record<string, string> }[] {
  const segments = path.split("/");
  return ROUTES.flatMap((route) => {
    const params = matchSegments(route.segments, segments);
    return params === undefined ? [] : [{ route, params }];
  });
}

function matchSegments(pattern: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== segments.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, expected] of pattern.entries()) {
    const actual = segments[index] ?? "";
    if (!expected.startsWith("{")) {
      if (expected !== actual) return undefined;
    } else if (actual === "") return undefined;
    else params[expected.slice(1, -1)] = decodeSegment(actual);
  }
  return params;
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (cause) {
    throw new AppError("INVALID_INPUT", "the path is not valid percent-encoding", { cause });
  }
}

export type Rest = (request: IncomingMessage, response: ServerResponse, match: RestMatch) => Promise<void>;

/** Makes the handler of matched requests. It throws AppError for the caller to send. */
export function createRest({ services, identify }: { services: Services; identify: Identify }): Rest {
  return async (request, response, { name, params }) => {
    const { access, http } = CONTRACTS[name];
    const { principal, facts } = access === "public" ? identify.stranger(request) : await identify.caller(request);
    const query = Object.fromEntries(new URLSearchParams((request.url ?? "").split("?", 2)[1]));
    // A stranger's body is not read: the refusal is the same whatever it says.
    const body = http.method === "GET" || (access !== "public" && principal.kind !== "user") ? {} : await readJsonObject(request);
    const output = await services.execute(name, principal, { ...query, ...body, ...params }, facts);
    if (name === "auth.logout") response.setHeader("set-cookie", clearedSessionCookies());
    sendJson(response, http.status ?? 200, output);
  };
}
