// The record of the pictures left out as blocks of an `.icm` file, and back. Modes that answered alike share a block.

import type { LeftOutInfo } from '../contracts/artefact.ts';
import { type LeftOutRecord, tagBytes } from '../math/fit/left-out-record.ts';
import { type BlockReader, block } from './blocks.ts';
import type { Block } from './container.ts';

export function leftOutBlocks({ sources, tags, classes, hits }: LeftOutRecord): {
  readonly info: LeftOutInfo;
  readonly blocks: readonly Block[];
} {
  const count = classes.length;
  const distinct: Uint8Array[] = [];
  const numbered = hits.map(({ head, mode, shares }) => {
    const known = distinct.findIndex((other) => other.every((share, row) => share === shares[row]));
    return { head, mode, block: known === -1 ? distinct.push(shares) - 1 : known };
  });
  return {
    info: { sources: sources.map((source) => ({ ...source })), hits: numbered },
    blocks: [
      block('left-out/tags', [count, tagBytes], tags),
      block('left-out/classes', [count], classes),
      ...distinct.map((shares, number) => block(`left-out/hits/${number}`, [count], shares)),
    ],
  };
}

/** Throws the reader's mismatch where a block is missing or of another shape. */
export function readLeftOut({ sources, hits }: LeftOutInfo, reader: BlockReader): LeftOutRecord {
  const count = sources.reduce((total, { pictures }) => total + pictures, 0);
  return {
    sources,
    tags: reader.uint8('left-out/tags', [count, tagBytes]),
    classes: reader.int32('left-out/classes', [count]),
    hits: hits.map(({ head, mode, block: number }) => ({
      head,
      mode,
      shares: reader.uint8(`left-out/hits/${number}`, [count]),
    })),
  };
}
