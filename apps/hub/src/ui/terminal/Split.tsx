/** Two parts of a tab with a border between them that can be dragged, or moved with the arrow keys. */
"use client";
import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef } from "react";
import { cn } from "../cn.ts";
import type { Direction } from "./pane-layout.ts";

interface SplitProps {
  readonly direction: Direction;
  readonly ratio: number;
  readonly onRatio: (ratio: number) => void;
  readonly children: readonly [ReactNode, ReactNode];
}

const STEP = 0.05;

export function Split({ direction, ratio, onRatio, children }: SplitProps) {
  const box = useRef<HTMLDivElement>(null);
  const row = direction === "row";
  const drag = (event: PointerEvent<HTMLElement>) => {
    const rect = box.current?.getBoundingClientRect();
    if (rect === undefined || !event.currentTarget.hasPointerCapture(event.pointerId)) return;
    onRatio(row ? (event.clientX - rect.left) / rect.width : (event.clientY - rect.top) / rect.height);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const back = row ? "ArrowLeft" : "ArrowUp";
    const on = row ? "ArrowRight" : "ArrowDown";
    if (event.key !== back && event.key !== on) return;
    event.preventDefault();
    onRatio(ratio + (event.key === on ? STEP : -STEP));
  };
  return (
    <div ref={box} className={cn("flex size-full min-h-0 min-w-0", !row && "flex-col")}>
      <div className="min-h-0 min-w-0" style={{ flexBasis: 0, flexGrow: ratio }}>
        {children[0]}
      </div>
      <button
        type="button"
        role="slider"
        aria-label="Size of the panes"
        aria-orientation={row ? "vertical" : "horizontal"}
        aria-valuenow={Math.round(ratio * 100)}
        aria-valuemin={10}
        aria-valuemax={90}
        onKeyDown={onKeyDown}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={drag}
        onDoubleClick={() => onRatio(0.5)}
        className={cn(
          "relative shrink-0 touch-none bg-border hover:bg-primary focus-visible:bg-primary",
          row ? "w-1 cursor-col-resize" : "h-1 cursor-row-resize",
        )}
      />
      <div className="min-h-0 min-w-0" style={{ flexBasis: 0, flexGrow: 1 - ratio }}>
        {children[1]}
      </div>
    </div>
  );
}
