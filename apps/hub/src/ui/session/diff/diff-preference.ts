/** How diffs are shown: one below the other, or side by side where there is room. */
import { usePreference } from "../../hooks/use-preference.ts";

export type DiffLook = "unified" | "split";

/** Below this width (pixels) two sides leave too little of a line. */
export const SPLIT_FROM_PIXELS = 620;

export function useDiffLook(): readonly [DiffLook, (look: DiffLook) => void] {
  return usePreference<DiffLook>("diff", ["unified", "split"]);
}
