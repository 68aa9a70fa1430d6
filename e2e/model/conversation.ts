/** A request to a model as every dialect tells it, and where in it the prompt stands. */

export interface OfferedTool {
  readonly name: string;
  /** `custom`: takes free text instead of JSON. */
  readonly kind: "function" | "custom";
  readonly schema: JsonSchema;
}

export type JsonSchema = Readonly<Record<string, unknown>>;

export type ConversationItem =
  | { readonly type: "user"; readonly text: string }
  | { readonly type: "assistant"; readonly text: string }
  | { readonly type: "result"; readonly call_id: string; readonly text: string };

export type DialectName = "anthropic-messages" | "openai-responses" | "openai-chat" | "gemini";

export interface ModelRequest {
  readonly dialect: DialectName;
  readonly model: string;
  readonly stream: boolean;
  readonly tools: readonly OfferedTool[];
  /** The shape the answer must have, where the client asks for JSON. */
  readonly schema: JsonSchema | undefined;
  /** Oldest first. */
  readonly items: readonly ConversationItem[];
}

export interface Prompt {
  readonly text: string;
  /** What tools have answered since, oldest first. */
  readonly results: readonly string[];
}

/** Marks with which agents wrap what they themselves add to a message: `<system-reminder>…</system-reminder>` and the like. */
const WRAPPED = /<([a-z][a-z_-]*)(?:\s[^>]*)?>[\s\S]*?<\/\1>/g;
/** What an agent writes into the conversation about a turn that was stopped, and where a picture lies. */
const BRACKETED = /\[(?:Request interrupted by user|Image: source: )[^\]]*\]/g;

/** Somebody asks to go on after an interruption: the script before it begins anew. */
const GO_ON = /\bGo on with the task\b/;

/** The newest thing a person said. Text behind a tool's result counts too: agents merge it there after an interruption. */
export function promptOf(items: readonly ConversationItem[]): Prompt {
  let text = "";
  let results: string[] = [];
  for (const item of items) {
    if (item.type === "result") results.push(item.text);
    if (item.type !== "user") continue;
    const said = item.text.replaceAll(WRAPPED, "").replaceAll(BRACKETED, "").trim();
    if (said === "") continue;
    if (!GO_ON.test(said)) text = said;
    results = [];
  }
  return { text, results };
}
