/** A single-line text field; 16 px on phones so that the browser does not zoom in. */
import type { ComponentProps } from "react";
import { cn } from "../cn.ts";

export function Input({ className, ...rest }: ComponentProps<"input">) {
  return (
    <input
      className={cn(
        "h-11 w-full min-w-0 rounded-lg border border-input bg-card px-3 text-base text-card-foreground placeholder:text-muted-foreground disabled:opacity-50 md:h-9 md:text-sm",
        className,
      )}
      {...rest}
    />
  );
}
