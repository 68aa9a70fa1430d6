/** A page that does not exist. */
import Link from "next/link";
import { buttonVariants } from "../ui/components/button.tsx";
import { MessagePage } from "../ui/pages/MessagePage.tsx";

export default function NotFound() {
  return (
    <MessagePage title="There is nothing here" text="The address may be mistyped, or what it named is gone.">
      <Link href="/" className={buttonVariants({ size: "large" })}>
        Go to your sessions
      </Link>
    </MessagePage>
  );
}
