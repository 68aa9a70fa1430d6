/** The address of a question: its session, scrolled to it. */
import type { AskPlace } from "@fairlead/client";

export const ASK_PARAMETER = "approval";

export function askLink({ session_id, approval_id }: AskPlace): string {
  return `/sessions/${encodeURIComponent(session_id)}?${ASK_PARAMETER}=${encodeURIComponent(approval_id)}`;
}
