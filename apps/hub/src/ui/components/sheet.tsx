/** A panel over the page: the whole screen on phones, from the right edge on desks. */
"use client";
import { X } from "lucide-react";
import { Dialog as Primitive } from "radix-ui";
import type { ReactNode } from "react";
import { overlayStyles } from "./dialog.tsx";

interface SheetProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly title: string;
  readonly children: ReactNode;
}

export function FullSheet({ open, onOpenChange, title, children }: SheetProps) {
  return (
    <Primitive.Root open={open} onOpenChange={onOpenChange}>
      <Primitive.Portal>
        <Primitive.Overlay className={overlayStyles} />
        <Primitive.Content
          aria-describedby={undefined}
          className="fixed inset-0 z-50 flex flex-col bg-background text-foreground outline-none pad-safe-top pad-safe-bottom data-[state=open]:motion-safe:animate-in data-[state=open]:motion-safe:slide-in-from-bottom-8 sm:left-auto sm:w-[min(44rem,100vw)] sm:border-l sm:shadow-xl"
        >
          <div className="flex h-14 shrink-0 items-center gap-2 border-b pr-2 pl-4">
            <Primitive.Title className="min-w-0 flex-1 truncate font-semibold text-base">{title}</Primitive.Title>
            <Primitive.Close aria-label="Close" className="inline-flex size-11 items-center justify-center rounded-lg hover:bg-accent">
              <X aria-hidden className="size-5" />
            </Primitive.Close>
          </div>
          {children}
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  );
}
