/** The tRPC router: nouns → operations, made from the contracts with their exact types. */
import type { IncomingMessage, ServerResponse } from "node:http";
import {
  AppError,
  CONTRACTS,
  type Contracts,
  ERRORS,
  type ErrorCode,
  errorCodeSchema,
  OPERATION_NAMES,
  type OperationInput,
  type OperationName,
  type OperationOutput,
} from "@fairlead/protocol";
import { initTRPC, TRPCError, type TRPCMutationProcedure, type TRPCQueryProcedure } from "@trpc/server";
import { clearedSessionCookies } from "../../auth/cookies.ts";
import type { Services } from "../../services/contract.ts";
import type { Identify } from "../identify.ts";

export interface TrpcContext {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly services: Services;
  readonly identify: Identify;
}

/** Where nothing is required, nothing has to be passed. */
type CallInput<N extends OperationName> =
  Record<never, never> extends OperationInput<N> ? OperationInput<N> | undefined : OperationInput<N>;

interface ProcedureTypes<N extends OperationName> {
  input: CallInput<N>;
  output: OperationOutput<N>;
  meta: object;
}

type Procedure<N extends OperationName> = Contracts[N]["kind"] extends "query"
  ? TRPCQueryProcedure<ProcedureTypes<N>>
  : TRPCMutationProcedure<ProcedureTypes<N>>;

type Noun = OperationName extends infer N ? (N extends `${infer Head}.${string}` ? Head : never) : never;

/** `{ sessions: { list, create, … }, messages: { … }, … }` */
type Procedures = {
  [N in Noun]: { [Name in OperationName as Name extends `${N}.${infer Verb}` ? Verb : never]: Procedure<Name> };
};

const { procedure, router } = initTRPC.context<TrpcContext>().create({
  isDev: false,
  errorFormatter: ({ shape, error }) => {
    const refusal = refusalOf(error);
    return {
      ...shape,
      message: refusal.message,
      data: {
        code: shape.data.code,
        httpStatus: ERRORS[refusal.code].http,
        path: shape.data.path,
        error_code: refusal.code,
        retry_after: refusal.retryAfter,
      },
    };
  },
});

/** The same refusal as at the other doors; tRPC's own (an unknown procedure, a bad body) get the code with the same meaning. */
export function refusalOf(error: TRPCError): AppError {
  if (error.cause instanceof AppError) return error.cause;
  const code = TRPC_ONLY[error.code] ?? errorCodeSchema.options.find((candidate) => ERRORS[candidate].trpc === error.code) ?? "INTERNAL";
  return new AppError(code, code === "INTERNAL" ? "the hub failed; its log says why" : error.message, { cause: error });
}

const TRPC_ONLY: Readonly<Record<string, ErrorCode>> = { PARSE_ERROR: "INVALID_INPUT", UNSUPPORTED_MEDIA_TYPE: "INVALID_INPUT" };

async function call(context: TrpcContext, name: OperationName, input: unknown): Promise<unknown> {
  try {
    const { services, identify, request, response } = context;
    const { principal, facts } = CONTRACTS[name].access === "public" ? identify.stranger(request) : await identify.caller(request);
    const output = await services.execute(name, principal, input ?? {}, facts);
    if (name === "auth.logout") response.setHeader("set-cookie", clearedSessionCookies());
    return output;
  } catch (thrown) {
    if (thrown instanceof AppError) throw new TRPCError({ code: ERRORS[thrown.code].trpc, message: thrown.message, cause: thrown });
    throw thrown;
  }
}

/** Makes the router; parsing happens once, in `execute`, so inputs pass through here. */
export function createAppRouter() {
  const nouns: Record<string, Record<string, unknown>> = {};
  for (const name of OPERATION_NAMES) {
    const [noun = "", verb = ""] = name.split(".");
    const step = procedure.input((value: unknown) => value);
    const verbs = nouns[noun] ?? {};
    nouns[noun] = verbs;
    verbs[verb] =
      CONTRACTS[name].kind === "query"
        ? step.query(({ ctx, input }) => call(ctx, name, input))
        : step.mutation(({ ctx, input }) => call(ctx, name, input));
  }
  return router(nouns as unknown as Procedures);
}

export type AppRouter = ReturnType<typeof createAppRouter>;
