/**
 * Finds among many texts those that another contains, in one pass over it (Aho and Corasick): the texts are a tree, and where the
 * tree does not go on, a node's `fallback` is the longest other beginning that has been read as well.
 */
import { addAll, noBits, setBit, type Bits } from './bits.ts';

interface Node {
  readonly next: Map<number, Node>;
  fallback: Node | undefined;
  /** The branches of the texts that end here, those of shorter ones included. */
  found: Bits | undefined;
}

export class SubstringIndex {
  readonly #size: number;
  readonly #root: Node = { next: new Map(), fallback: undefined, found: undefined };

  constructor(size: number) {
    this.#size = size;
  }

  add(text: string, branch: number): void {
    let node = this.#root;
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      const next = node.next.get(code) ?? { next: new Map<number, Node>(), fallback: undefined, found: undefined };
      node.next.set(code, next);
      node = next;
    }
    setBit((node.found ??= noBits(this.#size)), branch);
  }

  /** To be called once, after the last `add`. */
  finish(): void {
    let level = [this.#root];
    while (level.length > 0) {
      const below: Node[] = [];
      for (const node of level) {
        for (const [code, next] of node.next) {
          next.fallback = node === this.#root ? this.#root : this.#after(node.fallback, code);
          if (next.fallback.found !== undefined) addAll((next.found ??= noBits(this.#size)), next.fallback.found);
          below.push(next);
        }
      }
      level = below;
    }
  }

  /** Adds the branches of all that the text contains. */
  collect(text: string, into: Bits): void {
    let node = this.#root;
    for (let at = 0; at < text.length; at += 1) {
      node = this.#after(node, text.charCodeAt(at));
      if (node.found !== undefined) addAll(into, node.found);
    }
  }

  #after(start: Node | undefined, code: number): Node {
    for (let node = start; node !== undefined; node = node.fallback) {
      const next = node.next.get(code);
      if (next !== undefined) return next;
    }
    return this.#root;
  }
}
