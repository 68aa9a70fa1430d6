/** Beside a title that another row has too: when this one was opened. */

/** `at`: undefined where no other row has the title. */
export function OpenedMark({ at }: { readonly at: string | undefined }) {
  if (at === undefined) return null;
  return <span className="shrink-0 font-normal text-muted-foreground text-xs tabular-nums">opened {at}</span>;
}
