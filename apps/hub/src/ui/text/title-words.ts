/** The tab's title of a session: its state first, because a narrow tab shows little more. */
import { activityOf, type SessionState } from "@fairlead/protocol";

export function titleWords(title: string, state: SessionState): string {
  switch (activityOf(state)) {
    case "running":
      return `● ${title}`;
    case "queued":
      return `○ ${title}`;
    case "needs_approval":
      return `? ${title}`;
    case "closed":
    case "idle":
      return title;
  }
}
