/** Checks a runtime's token without telling by its time how much of it was right, or whether the runtime exists. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { HubConfig } from "@fairlead/protocol";

type RuntimeTokens = HubConfig["auth"]["runtime_tokens"];

const digest = (text: string) => createHash("sha256").update(text).digest();

/** Makes the check over the configured tokens. Only their hashes are kept; a runtime may have several (to change them). */
export function createTokenCheck(tokens: RuntimeTokens): (runtimeId: string, token: string | undefined) => boolean {
  const known = tokens.map(({ runtime_id, token }) => ({ runtime_id, hash: digest(token) }));
  return (runtimeId, token) => {
    const offered = digest(token ?? "");
    let matches = 0;
    // Every hash is compared, whosever it is: the work is the same for any id and any token.
    for (const { runtime_id, hash } of known) matches += Number(timingSafeEqual(hash, offered)) & Number(runtime_id === runtimeId);
    return matches > 0 && token !== undefined;
  };
}
