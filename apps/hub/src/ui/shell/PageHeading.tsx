/** The head of a page: its name, what it is for, and what can be done there. */
import type { ReactNode } from "react";

interface PageHeadingProps {
  readonly title: string;
  readonly about: string;
  readonly children?: ReactNode;
}

export function PageHeading({ title, about, children }: PageHeadingProps) {
  return (
    <div className="mb-6 flex flex-wrap items-end gap-x-6 gap-y-3">
      <div className="min-w-0 flex-1 basis-48">
        <h1 className="font-semibold text-2xl tracking-tight md:text-3xl">{title}</h1>
        <p className="mt-1.5 text-muted-foreground">{about}</p>
      </div>
      {children}
    </div>
  );
}
