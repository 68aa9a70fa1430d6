/** Markdown of an answer: GitHub's dialect, highlighted code, no raw HTML, links that leave the app in a new tab. */
"use client";
import { memo, useMemo } from "react";
import ReactMarkdown, { type Components } from "react-markdown";
import remarkGfm from "remark-gfm";
import { useHighlighter } from "../hooks/use-highlighter.ts";
import { markdownPieces } from "../text/markdown-pieces.ts";
import { CodeBlock } from "./CodeBlock.tsx";

const remark = [remarkGfm];

const components: Components = {
  pre: ({ children }) => <CodeBlock>{children}</CodeBlock>,
  a: ({ href, children }) => (
    <a href={href} target="_blank" rel="noreferrer noopener">
      {children}
    </a>
  ),
  // Pictures would be fetched from wherever an agent says; the reader decides.
  img: ({ src, alt }) => (
    <a href={typeof src === "string" ? src : undefined} target="_blank" rel="noreferrer noopener">
      {alt === undefined || alt === "" ? "picture" : alt}
    </a>
  ),
};

const Piece = memo(function Piece({ text }: { readonly text: string }) {
  const rehype = useHighlighter(text.includes("```") || text.includes("~~~"));
  return (
    <ReactMarkdown remarkPlugins={remark} rehypePlugins={rehype} components={components}>
      {text}
    </ReactMarkdown>
  );
});

interface MarkdownProps {
  readonly text: string;
  /** Still being written: drawn in pieces, so that only the last one is parsed again. */
  readonly growing: boolean;
}

export function Markdown({ text, growing }: MarkdownProps) {
  const pieces = useMemo(() => (growing ? markdownPieces(text) : [text]), [text, growing]);
  return (
    <div className="markdown">
      {pieces.map((piece, index) => {
        // Pieces only ever grow at the end, so their place is their identity.
        const key = index;
        return <Piece key={key} text={piece} />;
      })}
    </div>
  );
}
