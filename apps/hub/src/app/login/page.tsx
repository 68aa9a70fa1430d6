/** Sign-in. */
import type { Metadata } from "next";
import { Suspense } from "react";
import { SignInPage } from "../../ui/pages/SignInPage.tsx";

export const metadata: Metadata = { title: "Sign in · Fairlead" };

export default function Page() {
  return (
    <Suspense>
      <SignInPage />
    </Suspense>
  );
}
