/** What is decided without asking. */
import { RulesPage } from "../../../ui/pages/RulesPage.tsx";

export default function Page() {
  return <RulesPage />;
}
