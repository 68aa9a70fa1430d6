/** What agents ask, over all sessions. */
import { InboxPage } from "../../../ui/pages/InboxPage.tsx";

export default function Page() {
  return <InboxPage />;
}
