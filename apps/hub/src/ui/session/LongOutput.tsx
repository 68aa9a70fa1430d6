/** Tens of thousands of lines in a window of their own, of which only the visible ones are drawn. */
"use client";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useRef } from "react";
import type { LineBuffer } from "../text/line-buffer.ts";
import { SCROLLS } from "../text/scrolls.ts";
import { AnsiLines } from "./AnsiLines.tsx";

const LINE_PIXELS = 20;

interface LongOutputProps {
  readonly buffer: LineBuffer;
  readonly count: number;
  readonly label: string;
}

export function LongOutput({ buffer, count, label }: LongOutputProps) {
  const frame = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({ count, getScrollElement: () => frame.current, estimateSize: () => LINE_PIXELS, overscan: 20 });
  return (
    <section
      ref={frame}
      {...SCROLLS}
      aria-label={`All ${count} lines of ${label}`}
      className="max-h-[70dvh] overflow-auto overscroll-contain border-t font-mono text-[13px]"
    >
      <div className="relative min-w-full" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => (
          <div
            key={item.key}
            className="absolute top-0 left-0 h-5 whitespace-pre px-3 leading-5"
            style={{ transform: `translateY(${item.start}px)` }}
          >
            <AnsiLines text={buffer.slice(item.index, item.index + 1).join("\n")} />
          </div>
        ))}
      </div>
    </section>
  );
}
