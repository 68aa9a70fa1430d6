/** An immutable list in two levels: changing or adding one block copies a leaf of 128, never the whole list. */
import type { Block } from "./blocks.ts";

const LEAF = 128;

export class BlockList implements Iterable<Block> {
  static readonly EMPTY = new BlockList([], 0);

  readonly length: number;
  readonly #leaves: readonly (readonly Block[])[];
  #array: readonly Block[] | undefined;

  private constructor(leaves: readonly (readonly Block[])[], length: number) {
    this.#leaves = leaves;
    this.length = length;
  }

  at(index: number): Block | undefined {
    return this.#leaves[Math.floor(index / LEAF)]?.[index % LEAF];
  }

  push(block: Block): BlockList {
    const last = this.#leaves.at(-1);
    if (last === undefined || last.length === LEAF) return new BlockList([...this.#leaves, [block]], this.length + 1);
    return new BlockList(this.#leaves.with(-1, [...last, block]), this.length + 1);
  }

  /** How many blocks from the first on are the very same in both lists; looks at leaves, then at the first that differs. */
  sameUntil(other: BlockList): number {
    const leaves = Math.min(this.#leaves.length, other.#leaves.length);
    let leaf = 0;
    while (leaf < leaves && this.#leaves[leaf] === other.#leaves[leaf]) leaf += 1;
    let index = Math.min(leaf * LEAF, this.length, other.length);
    while (index < this.length && index < other.length && this.at(index) === other.at(index)) index += 1;
    return index;
  }

  /** Replaces one block. Throws RangeError outside the list. */
  with(index: number, block: Block): BlockList {
    const leaf = this.#leaves[Math.floor(index / LEAF)];
    if (leaf === undefined) throw new RangeError(`no block at ${index}`);
    return new BlockList(this.#leaves.with(Math.floor(index / LEAF), leaf.with(index % LEAF, block)), this.length);
  }

  static from(blocks: readonly Block[]): BlockList {
    const leaves: Block[][] = [];
    for (let start = 0; start < blocks.length; start += LEAF) leaves.push(blocks.slice(start, start + LEAF));
    return new BlockList(leaves, blocks.length);
  }

  /** All blocks as one array; the same array each time. */
  toArray(): readonly Block[] {
    this.#array ??= this.#leaves.flat();
    return this.#array;
  }

  *[Symbol.iterator](): Iterator<Block> {
    for (const leaf of this.#leaves) yield* leaf;
  }
}
