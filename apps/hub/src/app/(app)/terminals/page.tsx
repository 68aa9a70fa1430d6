/** Terminals: open ones, and where one can be opened. */
import { TerminalsPage } from "../../../ui/pages/TerminalsPage.tsx";

export default function Page() {
  return <TerminalsPage />;
}
