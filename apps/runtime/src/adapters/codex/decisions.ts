/** The answers that Codex takes to a question about a command or a change of files: which it offers, and what each really permits. Pure. */
import type { ApprovalOption } from "@fairlead/protocol";
import { safeText } from "../../process/text.ts";
import type { ApprovalAnswer } from "../contract.ts";
import * as wire from "./wire.ts";

/** More answers than fit on a screen; `approval.requested` takes no more. */
const MAX_OPTIONS = 8;
const MAX_LABEL = 200;
/** What a label cannot show as it is: line breaks, and characters that are not seen or turn the text around. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const PLAIN_WORD = /^[\w@%+=:,./-]+$/;

export const ALLOW: ApprovalOption = { id: "accept", kind: "allow_once", label: "Allow once" };
export const DENY: ApprovalOption = { id: "decline", kind: "reject_once", label: "Deny" };
export const ALLOW_SESSION: ApprovalOption = { id: "acceptForSession", kind: "allow_always", label: "Allow for this session" };
const DENY_AND_STOP: ApprovalOption = { id: "cancel", kind: "reject_once", label: "Deny and stop the turn" };

/** What a permission for the rest of Codex's process covers: Codex remembers exactly what it has asked about. */
export type Asked = "command" | "files" | "host" | "other";
const FOR_SESSION: Readonly<Record<Asked, string>> = {
  command: "Allow this command for this session",
  files: "Allow changes of these files for this session",
  host: "Allow this host for this session",
  other: ALLOW_SESSION.label,
};

export interface Reply {
  readonly result: object;
  /** Has to be told to the model, because the result has no place for it. */
  readonly reason?: string | undefined;
  /** The answer ends the turn, so that the model can hear the reason only with the next message. */
  readonly endsTurn?: true;
}

export interface Decisions {
  readonly options: ApprovalOption[];
  /** Codex's own form of an answer; whatever is not one of the options denies. */
  decide(answer: ApprovalAnswer): Reply;
}

interface Offered {
  readonly option: ApprovalOption;
  /** As Codex has sent it, so that it gets back what it offered. */
  readonly decision: unknown;
}

/** `available`: the decisions that the request lists. Without a list those that every version takes are offered. */
export function decisionsOf(available: readonly unknown[] | null | undefined, asked: Asked): Decisions {
  const listed = (available ?? [ALLOW.id, ALLOW_SESSION.id]).flatMap((decision) => readDecision(decision, asked) ?? []);
  const offered = new Map<string, Offered>();
  // Codex lets every question be denied, also where it lists only the answer that ends the turn too.
  for (const one of [...listed.filter(({ option }) => option !== DENY_AND_STOP), { option: DENY, decision: DENY.id }]) {
    if (!offered.has(one.option.id) && (offered.size < MAX_OPTIONS - 2 || one.option === DENY)) offered.set(one.option.id, one);
  }
  const stop = listed.find(({ option }) => option === DENY_AND_STOP);
  if (stop !== undefined) offered.set(stop.option.id, stop);
  return {
    options: [...offered.values()].map(({ option }) => option),
    decide({ option_id, reason }) {
      const { option, decision } = offered.get(option_id) ?? { option: DENY, decision: DENY.id };
      const result = { decision };
      if (option === DENY_AND_STOP) return { result, reason, endsTurn: true };
      return option.kind === "reject_once" ? { result, reason } : { result };
    },
  };
}

/** Undefined for a decision that is not known, or whose reach cannot be told whole: nobody could know what they permit. */
function readDecision(decision: unknown, asked: Asked): Offered | undefined {
  if (typeof decision === "string") {
    const known = [ALLOW, { ...ALLOW_SESSION, label: FOR_SESSION[asked] }, DENY, DENY_AND_STOP].find(({ id }) => id === decision);
    return known && { option: known, decision };
  }
  const { acceptWithExecpolicyAmendment: command, applyNetworkPolicyAmendment: network } =
    wire.decisionSchema.safeParse(decision).data ?? {};
  if (command) return commandRule(command.execpolicy_amendment, decision);
  return network && hostRule(network.network_policy_amendment, decision);
}

/** Codex writes such a rule into its own rules: it holds in every session of that Codex, and what it matches runs outside of the sandbox. */
function commandRule(words: readonly string[], decision: unknown): Offered | undefined {
  const begin = words.map((word) => (PLAIN_WORD.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(" ");
  return lasting({ id: "acceptWithExecpolicyAmendment", kind: "allow_always", label: `Always allow, unsandboxed: ${begin} …` }, decision);
}

function hostRule({ host, action }: wire.NetworkRule, decision: unknown): Offered | undefined {
  const [kind, words] = action === "allow" ? (["allow_always", "Always"] as const) : (["reject_always", "Never"] as const);
  return lasting(
    { id: `applyNetworkPolicyAmendment-${action}`, kind, label: `${words} allow this host, in all sessions: ${host}` },
    decision,
  );
}

function lasting(option: ApprovalOption, decision: unknown): Offered | undefined {
  const label = safeText(option.label);
  return label.length > MAX_LABEL || HIDDEN.test(label) ? undefined : { option: { ...option, label }, decision };
}
