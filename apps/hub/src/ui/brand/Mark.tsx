/** The brand mark: a fairlead, the ring that guides a line. */
import { cn } from "../cn.ts";

export function Mark({ className }: { readonly className?: string }) {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true" focusable="false" className={cn("size-7 shrink-0", className)}>
      <rect width="32" height="32" rx="8" fill="#11595f" />
      <circle cx="16" cy="16" r="7.25" fill="none" stroke="#f4fafa" strokeWidth="3" />
      <path d="M3.5 22.5C9 22.5 11.5 16 16 16s7-6.5 12.5-6.5" fill="none" stroke="#f0b95a" strokeWidth="2.6" strokeLinecap="round" />
    </svg>
  );
}
