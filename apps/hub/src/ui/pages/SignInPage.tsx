/** Sign-in: username and password, and an honest word when it does not work. */
"use client";
import { CircleAlert, LoaderCircle } from "lucide-react";
import { useSearchParams } from "next/navigation";
import { signIn } from "next-auth/react";
import { type FormEvent, useRef, useState } from "react";
import { Mark } from "../brand/Mark.tsx";
import { Button } from "../components/button.tsx";
import { Input } from "../components/input.tsx";
import { safeNext } from "../text/next-page.ts";
import { sayRefusal } from "../text/sign-in-words.ts";

export function SignInPage() {
  const next = safeNext(useSearchParams().get("next"));
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const password = useRef<HTMLInputElement>(null);

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setProblem("");
    const fail = (words: string) => {
      setBusy(false);
      setProblem(words);
      password.current?.select();
    };
    signIn("credentials", { username: form.get("username"), password: form.get("password"), redirect: false }).then(
      (answer) => {
        // A whole page load: the app starts with the new cookie.
        if (answer?.ok === true && answer.error === null) window.location.assign(next);
        else fail(sayRefusal(answer?.error ?? undefined, answer?.status));
      },
      () => fail(sayRefusal(undefined, undefined)),
    );
  };

  return (
    <main className="flex min-h-dvh flex-col items-center justify-center px-5 py-10 pad-safe-x">
      <div className="w-full max-w-[21rem]">
        <Mark className="size-12" />
        <h1 className="mt-5 font-semibold text-2xl tracking-tight">Sign in to Fairlead</h1>
        <p className="mt-1 text-muted-foreground text-sm">Your agents, wherever they run.</p>
        <form onSubmit={submit} className="mt-7 flex flex-col gap-4">
          <div className="flex flex-col gap-1.5">
            <label htmlFor="username" className="font-medium text-sm">
              Username
            </label>
            <Input
              id="username"
              name="username"
              autoComplete="username"
              autoCapitalize="none"
              autoCorrect="off"
              spellCheck={false}
              required
              maxLength={64}
              autoFocus
              className="md:h-11 md:text-base"
            />
          </div>
          <div className="flex flex-col gap-1.5">
            <label htmlFor="password" className="font-medium text-sm">
              Password
            </label>
            <Input
              id="password"
              ref={password}
              name="password"
              type="password"
              autoComplete="current-password"
              required
              maxLength={1024}
              aria-describedby="sign-in-problem"
              className="md:h-11 md:text-base"
            />
          </div>
          <p id="sign-in-problem" role="alert" className="flex min-h-5 items-start gap-2 text-bad text-sm empty:hidden">
            {problem !== "" && (
              <>
                <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" /> {problem}
              </>
            )}
          </p>
          <Button type="submit" size="large" disabled={busy}>
            {busy && <LoaderCircle aria-hidden className="motion-safe:animate-spin" />}
            {busy ? "Signing in…" : "Sign in"}
          </Button>
        </form>
      </div>
    </main>
  );
}
