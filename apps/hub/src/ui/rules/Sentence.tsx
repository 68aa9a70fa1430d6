/** A rule as one sentence, its patterns set apart. */
import { cn } from "../cn.ts";
import { ruleSentence, type SpokenRule } from "../text/rule-words.ts";

const INKS = { allow: "text-ok", ask: "text-wait", deny: "text-bad" } as const;

interface SentenceProps {
  readonly draft: SpokenRule;
  /** The name of the agent the rule names. */
  readonly agent: string | undefined;
}

export function Sentence({ draft, agent }: SentenceProps) {
  return (
    <span className="[overflow-wrap:anywhere]">
      {ruleSentence(draft, agent).map((piece, index) => {
        // The pieces of a sentence have no other identity than their place.
        const key = index;
        return (
          <span key={key} className={cn(index === 0 && "font-semibold", index === 0 && INKS[draft.effect])}>
            {index > 0 && " "}
            {piece.code ? <code className="rounded bg-muted px-1 py-0.5 font-mono text-[0.9em]">{piece.text}</code> : piece.text}
          </span>
        );
      })}
    </span>
  );
}
