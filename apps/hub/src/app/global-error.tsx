/** The last resort, when even the document failed. */
"use client";
import "./globals.css";

export default function GlobalError({ reset }: { readonly reset: () => void }) {
  return (
    <html lang="en">
      <body>
        <main className="flex min-h-dvh flex-col items-center justify-center gap-4 p-6 text-center">
          <h1 className="font-semibold text-xl">Fairlead failed to start in this tab</h1>
          <button type="button" onClick={reset} className="h-12 rounded-lg bg-primary px-5 font-medium text-primary-foreground">
            Try again
          </button>
        </main>
      </body>
    </html>
  );
}
