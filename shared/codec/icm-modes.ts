// The heads of an `.icm` file as numbered blocks: arrays that modes share are written once and come back as one array.

import type { HeadInfo, ModeInfo, SecondArtefactHeader } from '../contracts/artefact.ts';
import type { FittedHead, FittedModes, HeadName } from '../math/answer/fitted-head.ts';
import { type BlockReader, block } from './blocks.ts';
import type { Block } from './container.ts';

type NumberedBlocks = {
  readonly infos: HeadInfo[];
  readonly blocks: Block[];
  /** The number of a projection's block as text; `identity` for none. */
  readonly numberOf: (projection: Float32Array | undefined) => string;
};

/** Throws RangeError where a projection is asked for that no head has. */
export function numberBlocks(heads: readonly FittedModes[], embeddingDimension: number): NumberedBlocks {
  const projections = new NumberedArrays('projection');
  const prototypes = new NumberedArrays('prototypes');
  const weights = new NumberedArrays('weights');
  const biases = new NumberedArrays('bias');
  const infoOf = (mode: FittedHead): ModeInfo => {
    const { head: _, projection: p, prototypes: rows, weights: w, bias: b, ...info } = mode;
    const { dimension } = mode;
    const classCount = rows.length / dimension;
    return {
      ...info,
      ...(p === undefined ? {} : { projection: projections.add(p, [dimension, embeddingDimension]) }),
      prototypes: prototypes.add(rows, [classCount, dimension]),
      ...(w === undefined ? {} : { weights: weights.add(w, [classCount, dimension]) }),
      ...(b === undefined ? {} : { bias: biases.add(b, [classCount]) }),
    };
  };
  const infos = heads.map(({ head, unprofiled, profiled }) => ({
    head,
    unprofiled: infoOf(unprofiled),
    ...(profiled === undefined ? {} : { profiled: infoOf(profiled) }),
  }));
  return {
    infos,
    blocks: [projections, prototypes, weights, biases].flatMap(({ blocks }) => blocks),
    numberOf(projection) {
      if (projection === undefined) return 'identity';
      const number = projections.find(projection);
      if (number === undefined) throw new RangeError('a variance is of a projection that no head has');
      return String(number);
    },
  };
}

/** Equal arrays have one number, whether or not they are one array. */
class NumberedArrays {
  readonly #kind: string;
  readonly #arrays: Float32Array[] = [];
  readonly blocks: Block[] = [];

  constructor(kind: string) {
    this.#kind = kind;
  }

  add(array: Float32Array, shape: readonly number[]): number {
    const known = this.find(array);
    if (known !== undefined) return known;
    const number = this.#arrays.push(array) - 1;
    this.blocks.push(block(`${this.#kind}/${number}`, shape, array));
    return number;
  }

  find(array: Float32Array): number | undefined {
    const index = this.#arrays.findIndex((known) => known === array || isEqual(known, array));
    return index === -1 ? undefined : index;
  }
}

function isEqual(a: Float32Array, b: Float32Array): boolean {
  return a.length === b.length && a.every((value, index) => Object.is(value, b[index]));
}

/** Throws the reader's mismatch where a block is missing or of another shape. */
export function readModes(
  header: SecondArtefactHeader,
  reader: BlockReader,
): { readonly heads: FittedModes[]; readonly projections: ReadonlyMap<string, Float32Array> } {
  const known = new Map<string, Float32Array>();
  const projections = new Map<string, Float32Array>();
  const classCount = header.labels.length;
  const read = (name: string, shape: readonly number[]): Float32Array => {
    const array = known.get(`${name} ${shape}`) ?? reader.float32(name, shape);
    known.set(`${name} ${shape}`, array);
    return array;
  };
  const modeOf = (head: HeadName, info: ModeInfo): FittedHead => {
    const { projection, prototypes, weights, bias, lambda, alpha, featureScale, ...rest } = info;
    const { dimension } = info;
    const p =
      projection === undefined
        ? undefined
        : read(`projection/${projection}`, [dimension, header.embeddingDimension]);
    if (p !== undefined) projections.set(String(projection), p);
    return {
      head,
      ...rest,
      ...(lambda === undefined ? {} : { lambda }),
      ...(alpha === undefined ? {} : { alpha }),
      ...(featureScale === undefined ? {} : { featureScale }),
      ...(p === undefined ? {} : { projection: p }),
      prototypes: read(`prototypes/${prototypes}`, [classCount, dimension]),
      ...(weights === undefined ? {} : { weights: read(`weights/${weights}`, [classCount, dimension]) }),
      ...(bias === undefined ? {} : { bias: read(`bias/${bias}`, [classCount]) }),
    };
  };
  const heads = header.heads.map(({ head, unprofiled, profiled }) => ({
    head,
    unprofiled: modeOf(head, unprofiled),
    ...(profiled === undefined ? {} : { profiled: modeOf(head, profiled) }),
  }));
  return { heads, projections };
}
