/** Modal dialog: a sheet from the bottom edge on phones, centred on desks. */
"use client";
import { X } from "lucide-react";
import { Dialog as Primitive } from "radix-ui";
import type { ComponentProps } from "react";
import { cn } from "../cn.ts";

export const Dialog = Primitive.Root;
export const DialogClose = Primitive.Close;

export const overlayStyles =
  "fixed inset-0 z-40 bg-black/45 data-[state=closed]:animate-out data-[state=open]:animate-in data-[state=closed]:fade-out-0 data-[state=open]:fade-in-0";
export const sheetStyles =
  "fixed z-50 flex max-h-[85dvh] w-full flex-col overflow-hidden border bg-popover text-popover-foreground shadow-xl outline-none max-sm:inset-x-0 max-sm:bottom-0 max-sm:rounded-t-2xl sm:top-[14vh] sm:left-1/2 sm:w-[min(34rem,calc(100vw-2rem))] sm:-translate-x-1/2 sm:rounded-2xl data-[state=open]:animate-in data-[state=open]:fade-in-0 max-sm:data-[state=open]:slide-in-from-bottom-8";

interface DialogContentProps extends ComponentProps<typeof Primitive.Content> {
  readonly title: string;
  /** Keeps the title for screen readers only. */
  readonly hideTitle?: boolean;
  readonly description?: string;
}

export function DialogContent({ title, hideTitle = false, description, className, children, ...rest }: DialogContentProps) {
  const extra = description === undefined ? { "aria-describedby": undefined } : {};
  return (
    <Primitive.Portal>
      <Primitive.Overlay className={overlayStyles} />
      <Primitive.Content className={cn(sheetStyles, className)} {...extra} {...rest}>
        <div className={hideTitle ? "sr-only" : "flex items-start gap-3 px-5 pt-4"}>
          <div className="min-w-0 flex-1 py-1">
            <Primitive.Title className="font-semibold text-base">{title}</Primitive.Title>
            {description !== undefined && (
              <Primitive.Description className="mt-1 text-muted-foreground text-sm">{description}</Primitive.Description>
            )}
          </div>
          {!hideTitle && (
            <Primitive.Close
              aria-label="Close"
              className="-mt-1.5 -mr-2 inline-flex size-11 items-center justify-center rounded-lg hover:bg-accent md:-mt-0.5 md:size-9"
            >
              <X aria-hidden className="size-4" />
            </Primitive.Close>
          )}
        </div>
        {children}
      </Primitive.Content>
    </Primitive.Portal>
  );
}
