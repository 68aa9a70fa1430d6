/** Lines of terminal output with their colours. */
import { memo } from "react";
import { createAnsiReader } from "../text/ansi.ts";

/** `text` is whole lines: colours begin afresh with it. */
export const AnsiLines = memo(function AnsiLines({ text }: { readonly text: string }) {
  return createAnsiReader()(text).map((span, index) => {
    // Spans have no identity beyond their place.
    const key = index;
    if (span.className === "" && span.color === undefined && span.background === undefined) return <span key={key}>{span.text}</span>;
    const style = { color: span.color, backgroundColor: span.background };
    return (
      <span key={key} className={span.className} style={style}>
        {span.text}
      </span>
    );
  });
});
