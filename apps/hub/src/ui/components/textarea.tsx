/** A field for a few lines; 16 px on phones so that the browser does not zoom in. */
import type { ComponentProps } from "react";
import { cn } from "../cn.ts";

export function Textarea({ className, ...rest }: ComponentProps<"textarea">) {
  return (
    <textarea
      className={cn(
        "field-sizing-content min-h-11 w-full min-w-0 resize-none rounded-lg border border-input bg-card px-3 py-2.5 text-base text-card-foreground leading-snug placeholder:text-muted-foreground disabled:opacity-50 md:min-h-9 md:py-1.5 md:text-sm",
        className,
      )}
      {...rest}
    />
  );
}
