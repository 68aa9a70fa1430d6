/** A small button in the strip below a session's title. */
import type { ComponentProps } from "react";
import { cn } from "../../cn.ts";

export function Chip({ className, type, ...rest }: ComponentProps<"button">) {
  return (
    <button
      type={type ?? "button"}
      className={cn(
        "inline-flex h-11 min-w-11 shrink-0 items-center justify-center gap-1.5 rounded-lg px-2.5 text-sm hover:bg-accent hover:text-accent-foreground disabled:opacity-60 data-[state=open]:bg-accent md:h-8 md:min-w-8 md:px-2 md:text-[13px] [&_svg]:size-4 [&_svg]:shrink-0",
        className,
      )}
      {...rest}
    />
  );
}
