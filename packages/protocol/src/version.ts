/** Versions of the two socket protocols and of the product, as said in every hello. */

/** The wire version this build speaks. Raised only when an old peer could no longer understand a frame. */
export const PROTOCOL_VERSION = 1;

/** Versions this build accepts from a peer: its own and its direct neighbours (core rule: one minor older and newer). */
export const ACCEPTED_VERSIONS: readonly number[] = [PROTOCOL_VERSION];

/** The product's version, shown in the UI, in hello frames and by `--version`. */
export const PRODUCT_VERSION = "0.1.0";

/** The version both sides speak, or undefined when they have none in common. */
export function commonVersion(offered: readonly number[]): number | undefined {
  return [...offered].sort((a, b) => b - a).find((version) => ACCEPTED_VERSIONS.includes(version));
}
