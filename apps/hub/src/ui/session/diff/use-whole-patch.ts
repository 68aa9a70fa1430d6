/** All of a long patch, read in short parts between which the screen answers. */
"use client";
import { useEffect, useState } from "react";
import { type Hunk, readPatch } from "../../text/patch.ts";

/** Lines read before the screen has its turn: a few milliseconds of work. */
const PART_LINES = 2_000;

/** Undefined until it is read; `wanted`: whether it is to be. */
export function useWholePatch(patch: string, wanted: boolean): readonly Hunk[] | undefined {
  const [whole, setWhole] = useState<{ readonly patch: string; readonly hunks: readonly Hunk[] }>();
  const known = whole?.patch === patch;
  useEffect(() => {
    if (!wanted || known) return;
    const reader = readPatch(patch);
    let timer: ReturnType<typeof setTimeout>;
    const readOn = () => {
      if (reader.read(PART_LINES)) timer = setTimeout(readOn);
      else setWhole({ patch, hunks: reader.hunks() });
    };
    timer = setTimeout(readOn);
    return () => clearTimeout(timer);
  }, [patch, wanted, known]);
  return wanted && known ? whole.hunks : undefined;
}
