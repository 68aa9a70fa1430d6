/** A grey block that holds the place of what is loading, so that nothing jumps. */
import { cn } from "../cn.ts";

export function Skeleton({ className }: { readonly className?: string }) {
  return <div aria-hidden className={cn("motion-safe:animate-pulse rounded-md bg-muted", className)} />;
}
