/** One session. */
import { SessionRoute } from "../../../../ui/pages/SessionRoute.tsx";

export default function Page() {
  return <SessionRoute />;
}
