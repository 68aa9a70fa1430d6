/** The brand mark: a fairlead, the ring that guides a line. */
import { cn } from "../cn.ts";

export function Mark({ className }: { readonly className?: string }) {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true" focusable="false" className={cn("size-7 shrink-0", className)}>
      <rect width="32" height="32" rx="8" fill="#11595f" />
      <path d="M16 8.75a7.25 7.25 0 0 0 0 14.5" fill="none" stroke="#f4fafa" strokeWidth="3.2" />
      <path d="M3 23C9.5 23 11.5 16 16 16s6.5-7 13-7" fill="none" stroke="#11595f" strokeWidth="5.6" />
      <path d="M3 23C9.5 23 11.5 16 16 16s6.5-7 13-7" fill="none" stroke="#f0b95a" strokeWidth="2.8" strokeLinecap="round" />
      <path d="M16 8.75a7.25 7.25 0 0 1 0 14.5" fill="none" stroke="#11595f" strokeWidth="6" />
      <path d="M16 8.75a7.25 7.25 0 0 1 0 14.5" fill="none" stroke="#f4fafa" strokeWidth="3.2" />
    </svg>
  );
}
