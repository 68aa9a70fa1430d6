/** Every contract as a typed function over HTTP: a loop over the table, nothing written per operation. */
import {
  AppError,
  CONTRACTS,
  type Contract,
  errorCodeSchema,
  OPERATION_NAMES,
  type OperationInput,
  type OperationName,
  type OperationOutput,
  parseInput,
} from "@fairlead/protocol";

export type Operations = { readonly [N in OperationName]: (input: OperationInput<N>) => Promise<OperationOutput<N>> };

export interface HttpOptions {
  /** The hub's address with its sub-path, without a slash at the end, e.g. `http://127.0.0.1:8090`. */
  readonly url: string;
  /** A Bearer token; without one the browser's cookie speaks. Read anew for each request. */
  readonly token: () => string | undefined;
  /** Longest wait for an answer (ms). */
  readonly deadline: number;
}

/** Rejects with AppError only: the hub's own refusal, or UNAVAILABLE when it could not be reached in time. */
export function createOperations(options: HttpOptions): Operations {
  const entries = OPERATION_NAMES.map((name) => [name, (input: unknown) => request(CONTRACTS[name], input, options)]);
  return Object.fromEntries(entries) as Operations;
}

async function request(contract: Contract, input: unknown, options: HttpOptions): Promise<unknown> {
  const fields = new Map(Object.entries(input as Record<string, unknown>).filter(([, value]) => value !== undefined));
  const path = contract.http.path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => {
    const value = fields.get(name);
    fields.delete(name);
    return encodeURIComponent(String(value));
  });
  const inQuery = contract.http.method === "GET";
  const query = inQuery && fields.size > 0 ? `?${new URLSearchParams([...fields].map(([key, value]) => [key, String(value)]))}` : "";
  const token = options.token();
  let response: Response;
  let text: string;
  try {
    response = await fetch(`${options.url}${path}${query}`, {
      method: contract.http.method,
      headers: {
        accept: "application/json",
        ...(inQuery ? {} : { "content-type": "application/json" }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      credentials: token === undefined ? "same-origin" : "omit",
      signal: AbortSignal.timeout(options.deadline),
      ...(inQuery ? {} : { body: JSON.stringify(Object.fromEntries(fields)) }),
    });
    text = await response.text();
  } catch (cause) {
    throw new AppError("UNAVAILABLE", "the hub cannot be reached", { cause });
  }
  const value = parseJson(text);
  if (!response.ok) throw refusal(response, value);
  return parseInput(contract.output, value);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refusal(response: Response, value: unknown): AppError {
  const seconds = Number(response.headers.get("retry-after"));
  return refusalOf(value, `HTTP ${response.status} ${response.statusText}`, seconds > 0 ? { retryAfter: seconds } : {});
}

/** The hub's refusal; an answer in another shape came from something in between, e.g. a proxy. */
export function refusalOf(value: unknown, otherwise: string, options: { readonly retryAfter?: number } = {}): AppError {
  const body = (typeof value === "object" && value !== null ? value : {}) as { error?: unknown; code?: unknown };
  const code = errorCodeSchema.safeParse(body.code);
  return new AppError(code.success ? code.data : "UNAVAILABLE", typeof body.error === "string" ? body.error : otherwise, options);
}
