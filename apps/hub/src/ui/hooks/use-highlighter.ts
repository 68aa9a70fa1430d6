/** The highlighter of code in answers: fetched when the first code is shown, so that the first words do not wait for it. */
"use client";
import { type ComponentProps, useEffect, useState } from "react";
import type ReactMarkdown from "react-markdown";

type Plugins = ComponentProps<typeof ReactMarkdown>["rehypePlugins"];

let loaded: Plugins;

async function load(): Promise<void> {
  const { default: rehypeHighlight } = await import("rehype-highlight");
  loaded ??= [[rehypeHighlight, { detect: false, ignoreMissing: true }]];
}

/** Undefined until it is there; code is readable without. Fetched anew with the next code where it could not be. */
export function useHighlighter(wanted: boolean): Plugins {
  const [, draw] = useState(false);
  useEffect(() => {
    if (!wanted || loaded !== undefined) return;
    let gone = false;
    load().then(
      () => gone || draw(true),
      () => undefined,
    );
    return () => {
      gone = true;
    };
  }, [wanted]);
  return wanted ? loaded : undefined;
}
