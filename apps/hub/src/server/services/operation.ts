/** The one funnel: every door's request is allowed, parsed, written into the audit trail, run and checked here, in this order. */
import { randomUUID } from "node:crypto";
import {
  AppError,
  CONTRACTS,
  type Contract,
  type Contracts,
  type OperationArguments,
  type OperationName,
  type OperationOutput,
  parseInput,
} from "@fairlead/protocol";
import { deedOf, foundIn, isAudited } from "../domain/deeds.ts";
import { can, mayKnow, type Owned, type Verb } from "../domain/policies.ts";
import type { Principal, UserPrincipal } from "../domain/principal.ts";
import type { AuditTrail } from "./audit.ts";
import type { RequestFacts } from "./contract.ts";

/** The part of a pino logger that services use. */
export interface ServiceLog {
  debug(fields: object, text: string): void;
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
  error(fields: object, text: string): void;
}

/** Public operations may meet anybody; the others only somebody who signed in. */
type PrincipalOf<N extends OperationName> = Contracts[N]["access"] extends "public" ? Principal : UserPrincipal;

export interface OperationContext<P extends Principal = UserPrincipal> {
  readonly principal: P;
  readonly facts: RequestFacts;
}

/** One operation as the funnel runs it. Made by `implement` only. */
export interface Implementation<N extends OperationName> {
  readonly name: N;
  readonly invoke: (principal: Principal, facts: RequestFacts, input: OperationArguments<N>) => Promise<OperationOutput<N>>;
}

/** Every operation of the contract list; a missing one does not compile. */
export type OperationTable = { readonly [N in OperationName]: Implementation<N> };

interface Definition<N extends OperationName> {
  run(context: OperationContext<PrincipalOf<N>>, input: OperationArguments<N>): Promise<OperationOutput<N>>;
}

interface SubjectDefinition<N extends OperationName, S extends Owned> {
  /** What the caller wants to do to the subject. */
  readonly verb: Verb;
  /** Loads what is acted on; undefined: there is no such thing. */
  subject(input: OperationArguments<N>): Promise<S | undefined>;
  run(context: OperationContext<PrincipalOf<N>>, input: OperationArguments<N>, subject: S): Promise<OperationOutput<N>>;
}

/** Binds a contract to what it does. */
export function implement<N extends OperationName>(name: N, definition: Definition<N>): Implementation<N> {
  return {
    name,
    // `execute` has checked the contract's access before, which is what makes this principal the contract's.
    invoke: async (principal, facts, input) => definition.run({ principal: principal as PrincipalOf<N>, facts }, input),
  };
}

/** Binds a contract that acts on something: `run` is reached only by those whom the policies let do `verb` to the subject. */
export function implementOn<N extends OperationName, S extends Owned>(name: N, definition: SubjectDefinition<N, S>): Implementation<N> {
  return implement(name, {
    async run(context, input) {
      const subject = allow(context.principal, definition.verb, await definition.subject(input));
      return definition.run(context, input, subject);
    },
  });
}

/**
 * Lets the subject through or throws: NOT_FOUND for what does not exist and for what the principal may not know of,
 * FORBIDDEN for what it may see but not do.
 */
export function allow<S extends Owned>(principal: Principal, verb: Verb, subject: S | undefined): S {
  if (subject === undefined || !mayKnow(principal, subject)) throw new AppError("NOT_FOUND", "there is no such session");
  if (!can(principal, verb, subject)) throw new AppError("FORBIDDEN", "only the session's owner may do this");
  return subject;
}

function checkAccess(principal: Principal, access: Contract["access"]): void {
  if (access === "public") return;
  if (principal.kind !== "user") throw new AppError("UNAUTHENTICATED", "sign in first");
  if (access === "admin" && principal.role !== "admin") throw new AppError("FORBIDDEN", "only an admin may do this");
}

/** Anything that is not a refusal is a bug or broken IO: logged once here, and named to the caller by its id alone. */
export function toAppError(thrown: unknown, about: string, log: ServiceLog): AppError {
  if (thrown instanceof AppError) return thrown;
  const id = randomUUID();
  log.error({ correlation_id: id, about, err: thrown }, "an operation failed");
  return new AppError("INTERNAL", `the hub failed; its log says why under ${id}`, { cause: thrown });
}

export interface Execution<N extends OperationName> {
  readonly name: N;
  readonly principal: Principal;
  readonly input: unknown;
  readonly facts: RequestFacts;
}

/** Makes the funnel over a complete table. It throws AppError only. */
export function createExecutor(table: OperationTable, { log, audit }: { readonly log: ServiceLog; readonly audit: AuditTrail }) {
  /** Somebody we know tried what is not theirs to do: that stands in the trail. Of a stranger nothing is kept, or they could fill the disk. */
  async function admit<N extends OperationName>({ name, principal, facts, input }: Execution<N>): Promise<void> {
    const contract = CONTRACTS[name];
    try {
      checkAccess(principal, contract.access);
    } catch (refusal) {
      if (principal.kind !== "user" || !isAudited(name)) throw refusal;
      const deed = deedOf({ name, principal, address: facts.address, input: contract.input.safeParse(input).data });
      await audit.record(deed, () => Promise.reject(refusal));
    }
  }

  async function run<N extends OperationName>(request: Execution<N>): Promise<OperationOutput<N>> {
    const { name, principal, facts } = request;
    // The access comes before the input, so that a stranger learns nothing about what would have been valid.
    await admit(request);
    const contract = CONTRACTS[name];
    const input = parseInput(contract.input, request.input) as OperationArguments<N>;
    const implementation: Implementation<N> = table[name];
    const work = async () => contract.output.parse(await implementation.invoke(principal, facts, input)) as OperationOutput<N>;
    if (!isAudited(name)) return work();
    return audit.record(deedOf({ name, principal, address: facts.address, input }), work, (output) => foundIn(name, output));
  }

  return async function execute<N extends OperationName>(request: Execution<N>): Promise<OperationOutput<N>> {
    const started = performance.now();
    let code = "OK";
    try {
      return await run(request);
    } catch (thrown) {
      const refusal = toAppError(thrown, request.name, log);
      code = refusal.code;
      throw refusal;
    } finally {
      log.debug({ operation: request.name, code, ms: Math.round((performance.now() - started) * 10) / 10 }, "operation");
    }
  };
}
