/** The lines of an output block, read piece by piece as it grows. */
"use client";
import type { ChunkedText } from "@fairlead/client";
import { useMemo } from "react";
import { createLineBuffer, type LineBuffer } from "../text/line-buffer.ts";

interface GrowingBlock {
  readonly id: string;
  readonly seq: number;
  readonly text: ChunkedText;
}

/**
 * The same buffer for as long as the block begins with the same event (an older page may show an earlier beginning); it holds all
 * lines of the block's text.
 */
export function useLineBuffer(block: GrowingBlock): LineBuffer {
  const origin = `${block.id}#${block.seq}`;
  const { buffer } = useMemo(() => ({ origin, buffer: createLineBuffer() }), [origin]);
  buffer.grow(block.text);
  return buffer;
}
