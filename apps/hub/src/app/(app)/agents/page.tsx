/** The agents on offer. */
import { AgentsPage } from "../../../ui/pages/AgentsPage.tsx";

export default function Page() {
  return <AgentsPage />;
}
