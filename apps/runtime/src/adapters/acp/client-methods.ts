/** What an ACP agent may ask of its client besides permission: files and terminals, each only where the config offers it. */
import type { AcpConfig, AgentEvent } from "@fairlead/protocol";
import { RPC_INTERNAL_ERROR, type RpcId } from "../../process/json-rpc.ts";
import type { AdapterHost, OpenSession } from "../contract.ts";
import type { Change } from "./content.ts";
import { createClientFiles } from "./files.ts";
import type { Question, Questions } from "./questions.ts";
import { createClientTerminals } from "./terminals.ts";
import { ACP_CANCELLED, ACP_INVALID_PARAMS } from "./wire.ts";

export type Reply =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly code: number; readonly message: string };

/** Asks a person; resolves with the refusal to send, or undefined when it is allowed. */
export type AskFirst = (event: Omit<Question["event"], "options">) => Promise<Reply | undefined>;

const CHOICES: Question["event"]["options"] = [
  { id: "allow_once", kind: "allow_once", label: "Allow once" },
  { id: "reject_once", kind: "reject_once", label: "Deny" },
];

export interface ClientMethods {
  /** Takes a request if it is one of these and offered; false: it is neither. */
  take(id: RpcId, method: string, params: unknown): boolean;
  /** A person has allowed these changes by a permission request. */
  grant(changes: readonly Change[]): void;
  stopTerminals(): Promise<void>;
}

export interface ClientMethodsOptions {
  readonly config: Pick<AcpConfig, "fs" | "terminal">;
  readonly host: AdapterHost;
  readonly session: OpenSession;
  readonly work_dir: string;
  readonly questions: Questions;
  /** Whether people can be asked now: a turn runs and is not being stopped. */
  mayAsk(): boolean;
  respond(id: RpcId, reply: Reply): void;
  /** Output of a terminal → what is told of it. */
  outputOf(terminalId: string, text: string): readonly AgentEvent[];
  resumed(): Promise<void>;
}

export function createClientMethods(options: ClientMethodsOptions): ClientMethods {
  const { config, host, work_dir, questions } = options;
  const files = createClientFiles(work_dir);
  const terminals = createClientTerminals({
    work_dir,
    host,
    onOutput: (terminalId, text) =>
      options.outputOf(terminalId, text).reduce((mayGoOn, event) => options.session.emit(event) && mayGoOn, true),
    resumed: options.resumed,
  });

  const askFor =
    (rpc_id: RpcId): AskFirst =>
    (event) =>
      new Promise((resolve) => {
        if (!options.mayAsk()) {
          resolve({ ok: false, code: ACP_CANCELLED, message: "No turn runs, so nobody can be asked." });
          return;
        }
        const asked = questions.ask({
          rpc_id,
          event: { ...event, options: CHOICES },
          onAnswer({ option_id, reason }) {
            const said = reason === undefined || reason === "" ? "" : `: ${reason}`;
            resolve(
              option_id === "allow_once" ? undefined : { ok: false, code: RPC_INTERNAL_ERROR, message: `The person denied this${said}` },
            );
          },
          onWithdrawn: () => resolve({ ok: false, code: ACP_CANCELLED, message: "Request cancelled" }),
        });
        if (asked === "full") resolve({ ok: false, code: ACP_INVALID_PARAMS, message: "Too many questions are open." });
      });

  function handlerOf(method: string): ((params: unknown, ask: AskFirst) => Reply | Promise<Reply>) | undefined {
    if (config.fs && method === "fs/read_text_file") return files.read;
    if (config.fs && method === "fs/write_text_file") return files.write;
    if (!config.terminal) return undefined;
    const byName: Readonly<Record<string, (params: unknown, ask: AskFirst) => Reply | Promise<Reply>>> = {
      "terminal/create": terminals.create,
      "terminal/output": terminals.output,
      "terminal/wait_for_exit": terminals.waitForExit,
      "terminal/kill": terminals.kill,
      "terminal/release": terminals.release,
    };
    return Object.hasOwn(byName, method) ? byName[method] : undefined;
  }

  async function run(id: RpcId, work: () => Reply | Promise<Reply>): Promise<void> {
    try {
      options.respond(id, await work());
    } catch (error) {
      options.respond(id, { ok: false, code: RPC_INTERNAL_ERROR, message: error instanceof Error ? error.message : String(error) });
    }
  }

  return {
    take(id, method, params) {
      const handler = handlerOf(method);
      if (handler === undefined) return false;
      void run(id, () => handler(params, askFor(id)));
      return true;
    },
    grant: files.grant,
    stopTerminals: terminals.stopAll,
  };
}
