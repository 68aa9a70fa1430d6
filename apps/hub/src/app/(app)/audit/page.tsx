/** Who did what, from where, and what became of it. */
import { AuditPage } from "../../../ui/pages/AuditPage.tsx";

export default function Page() {
  return <AuditPage />;
}
