/** A block of code in an answer: its language, a copy button, and a scroll of its own. */
"use client";
import { isValidElement, type ReactNode, useRef } from "react";
import { SCROLLS } from "../text/scrolls.ts";
import { CopyButton } from "./CopyButton.tsx";

function languageOf(children: ReactNode): string {
  if (!isValidElement<{ className?: string }>(children)) return "";
  return /language-([\w+#-]+)/.exec(children.props.className ?? "")?.[1] ?? "";
}

export function CodeBlock({ children }: { readonly children?: ReactNode }) {
  const code = useRef<HTMLPreElement>(null);
  const language = languageOf(children);
  return (
    <div className="my-3 overflow-hidden rounded-lg border bg-code text-code-foreground">
      <div className="flex h-8 items-center pr-1 pl-3 max-md:h-11">
        <span className="font-mono text-muted-foreground text-xs">{language === "" ? "code" : language}</span>
        <CopyButton what="code" className="ml-auto" read={() => code.current?.textContent ?? ""} />
      </div>
      <pre ref={code} {...SCROLLS} className="overflow-x-auto px-3 pb-3 font-mono text-[13px] leading-[1.55]">
        {children}
      </pre>
    </div>
  );
}
