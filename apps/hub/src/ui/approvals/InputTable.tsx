/** A call's input as its agent gave it: every key with its whole value. */
import type { ToolInput } from "@fairlead/protocol";

export function InputTable({ input }: { readonly input: ToolInput }) {
  return (
    <dl className="divide-y overflow-hidden rounded-lg border text-[13px]">
      {Object.entries(input).map(([key, value]) => (
        <div key={key} className="grid gap-x-3 gap-y-0.5 px-3 py-2 sm:grid-cols-[minmax(6rem,10rem)_1fr]">
          <dt className="break-words font-medium text-muted-foreground">{key.replaceAll("_", " ")}</dt>
          <dd className="min-w-0 whitespace-pre-wrap font-mono [overflow-wrap:anywhere]">{valueWords(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

function valueWords(value: unknown): string {
  if (typeof value === "string") return value === "" ? "(empty)" : value;
  if (value === null || value === undefined) return "(none)";
  return typeof value === "object" ? JSON.stringify(value, null, 2) : String(value);
}
