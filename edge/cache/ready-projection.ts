// A projection as an isolate keeps it: every head in both modes, ready to multiply. Each matrix is held once, however many
// modes share it, and the file it came from is let go.

import type { Artefact } from '#shared/codec/icm-file.ts';
import type { ArtefactHeader } from '#shared/contracts/artefact.ts';
import type { Head } from '#shared/contracts/fit.ts';
import { type CompiledHead, compileHead } from '#shared/math/answer/compiled-head.ts';
import type { FittedHead } from '#shared/math/answer/fitted-head.ts';
import type { HoldRows, RowProduct } from '#shared/math/kernels/hold-rows.ts';
import { pageBytes } from '#shared/math/kernels/wasm-kernel.ts';

export type ReadyMode = Omit<FittedHead, 'projection' | 'prototypes' | 'weights' | 'bias'> & {
  readonly compiled: CompiledHead;
  /** Of each source's pictures along the rows of P, then along a basis of the rest [e, d]; absent where it is not known. */
  readonly variances?: Float32Array;
};

export type ReadyHead = {
  readonly head: Head;
  readonly unprofiled: ReadyMode;
  /** Absent for artefacts of the first format. */
  readonly profiled?: ReadyMode;
};

export type ReadyProjection = {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly header: ArtefactHeader;
  /** In the order in which they were fitted. */
  readonly heads: readonly ReadyHead[];
  /** What the first format takes out of pictures and texts; μ̄ of the sources since then [d]. */
  readonly mean?: Float32Array;
  readonly textMean?: Float32Array;
  /** From the second format on: the mean of each source, in the order of the header's environments [e, d]. */
  readonly sources?: { readonly means: Float32Array };
  /** About what it weighs in memory. */
  readonly heldBytes: number;
};

/** Headers are kept parsed, which weighs more than their text. */
const headerFactor = 3;

export function readyProjection(
  { id, name, version }: { readonly id: string; readonly name: string; readonly version: number },
  artefact: Omit<Artefact, 'leftOut'>,
  holdRows: HoldRows | undefined,
): ReadyProjection {
  const { header, heads } = artefact;
  const held = new HeldOnce(holdRows);
  // Small, and views of the file: as they are they would keep all of it in memory.
  const [mean, textMean] = [artefact.mean?.slice(), artefact.textMean?.slice()];
  const means = artefact.sources?.means.slice();
  const variancesOf = new Map([...(artefact.sources?.variances ?? [])].map(([of, own]) => [of, own.slice()]));
  const modeOf = (fitted: FittedHead): ReadyMode => {
    const { projection, prototypes: _, weights: __, bias: ___, ...mode } = fitted;
    const variances = variancesOf.get(projection);
    const compiled = compileHead(fitted, header.embeddingDimension, mean, held.hold);
    return { ...mode, compiled, ...(variances === undefined ? {} : { variances }) };
  };
  const ready = heads.map(({ head, unprofiled, profiled }) => ({
    head,
    unprofiled: modeOf(unprofiled),
    ...(profiled === undefined ? {} : { profiled: modeOf(profiled) }),
  }));
  const kept = [mean, textMean, means, ...variancesOf.values()];
  const keptBytes = kept.reduce((total, array) => total + (array?.byteLength ?? 0), 0);
  return {
    id,
    name,
    version,
    header,
    heads: ready,
    ...(mean === undefined ? {} : { mean }),
    ...(textMean === undefined ? {} : { textMean }),
    // Not the map of variances, whose keys are the projections as they were read.
    ...(means === undefined ? {} : { sources: { means } }),
    heldBytes: held.bytes + keptBytes + headerFactor * JSON.stringify(header).length,
  };
}

/** Memory is had in pages; beside its matrix a product holds a row and what it makes of it. */
const rowBytes = 16 * 1024;

/** Makes each array ready once; the same array again answers by the same product. */
class HeldOnce {
  readonly #holdRows: HoldRows | undefined;
  readonly #products = new Map<Float32Array, RowProduct>();
  bytes = 0;

  constructor(holdRows: HoldRows | undefined) {
    this.#holdRows = holdRows;
  }

  /** `undefined` leaves the choice to compileHead. */
  get hold(): HoldRows | undefined {
    const holdRows = this.#holdRows;
    if (holdRows === undefined) return undefined;
    return (matrix, dimension) => {
      const known = this.#products.get(matrix);
      if (known !== undefined) return known;
      const product = holdRows(matrix, dimension);
      this.#products.set(matrix, product);
      this.bytes += pageBytes * Math.ceil((matrix.byteLength + rowBytes) / pageBytes);
      return product;
    };
  }
}
