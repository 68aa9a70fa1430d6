/** On or off: a switch with a thumb-sized target. */
"use client";
import { Switch as Primitive } from "radix-ui";
import type { ComponentProps } from "react";
import { cn } from "../cn.ts";

export function Switch({ className, ...rest }: ComponentProps<typeof Primitive.Root>) {
  return (
    <Primitive.Root
      className={cn(
        "group inline-flex h-11 w-11 shrink-0 items-center justify-center rounded-lg disabled:opacity-50 md:h-9 md:w-11",
        className,
      )}
      {...rest}
    >
      <span className="inline-flex h-6 w-10 items-center rounded-full border-2 border-transparent bg-input transition-colors group-data-[state=checked]:bg-primary">
        <Primitive.Thumb className="block size-5 rounded-full bg-card transition-transform data-[state=checked]:translate-x-4 motion-reduce:transition-none" />
      </span>
    </Primitive.Root>
  );
}
