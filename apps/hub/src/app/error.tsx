/** A page that failed in the browser: say so, offer to try again. */
"use client";
import { Button } from "../ui/components/button.tsx";
import { MessagePage } from "../ui/pages/MessagePage.tsx";

interface ErrorPageProps {
  readonly error: Error & { digest?: string };
  readonly reset: () => void;
}

export default function ErrorPage({ error, reset }: ErrorPageProps) {
  return (
    <MessagePage
      title="This page failed"
      text="What you wrote and what was sent is safe. Trying again usually helps."
      detail={error.message}
    >
      <Button size="large" onClick={reset}>
        Try again
      </Button>
      <Button size="large" variant="outline" onClick={() => window.location.assign("/")}>
        Go to your sessions
      </Button>
    </MessagePage>
  );
}
