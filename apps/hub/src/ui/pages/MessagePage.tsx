/** A page that has one thing to say and a way on. */
import type { ReactNode } from "react";
import { Mark } from "../brand/Mark.tsx";

interface MessagePageProps {
  readonly title: string;
  readonly text: string;
  readonly detail?: string;
  readonly children: ReactNode;
}

export function MessagePage({ title, text, detail, children }: MessagePageProps) {
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center gap-3 p-6 text-center">
      <Mark className="mb-3 size-11" />
      <h1 className="font-semibold text-xl tracking-tight">{title}</h1>
      <p className="max-w-sm text-muted-foreground">{text}</p>
      {detail !== undefined && detail !== "" && (
        <p className="max-w-md break-words rounded-lg bg-muted px-3 py-2 font-mono text-muted-foreground text-xs">{detail}</p>
      )}
      <div className="mt-4 flex flex-wrap justify-center gap-2">{children}</div>
    </main>
  );
}
