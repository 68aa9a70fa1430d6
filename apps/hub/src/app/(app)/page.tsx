/** The start: on phones the session list (the frame draws it), on desks the agents beside it. */
import { AgentsPage } from "../../ui/pages/AgentsPage.tsx";

export default function StartPage() {
  return <AgentsPage />;
}
