// What a head answers for the same pictures about one mean after another: logits are linear in the picture and the mean, so the
// pictures are multiplied once, and a mean costs one subtraction a picture.

import type { FittedHead } from '../answer/fitted-head.ts';
import { multiplyRows } from '../kernels/fast-product.ts';
import { argmaxOfRows } from '../linear/vector.ts';

/** A head in the space of embeddings: the logits of x about m are scale · (G x − G m) / |P (x − m)| + bias. */
type LinearHead = {
  /** G [c, d]. */
  readonly weights: Float32Array;
  readonly bias: Float32Array | undefined;
  readonly scale: number;
  readonly classCount: number;
};

export class CentredAnswers {
  readonly #head: LinearHead;
  readonly #rows: Float32Array;
  readonly #dimension: number;
  readonly #projection: Float32Array | undefined;
  /** G X [n, c]. */
  readonly #products: Float32Array;
  /** P X [n, k]. */
  #projected: Float32Array | undefined;

  /** `rows` are unit embeddings [n, d]. The head's temperature is left out. */
  constructor(head: FittedHead, rows: Float32Array, dimension: number) {
    this.#head = linearHead(head, dimension);
    this.#rows = rows;
    this.#dimension = dimension;
    this.#projection = head.projection;
    this.#products = multiplyRows(rows, this.#head.weights, dimension);
  }

  /** The label of every row [n]; `mean` [d] is taken out, where there is one. */
  answers(mean?: ArrayLike<number>): Int32Array {
    const { bias, classCount } = this.#head;
    // Without a bias the length of a picture's projection scales all its logits alike.
    return argmaxOfRows(bias === undefined ? this.#shifted(mean) : this.logits(mean), classCount);
  }

  /** [n, c]. */
  logits(mean?: ArrayLike<number>): Float32Array<ArrayBuffer> {
    const { bias, scale, classCount } = this.#head;
    const logits = this.#shifted(mean);
    const lengths = this.#lengths(mean);
    for (let i = 0; i < logits.length; i++) {
      const length = lengths[Math.floor(i / classCount)] as number;
      const cosine = length > 0 ? (logits[i] as number) / length : 0;
      logits[i] = scale * cosine + (bias === undefined ? 0 : (bias[i % classCount] as number));
    }
    return logits;
  }

  #shifted(mean: ArrayLike<number> | undefined): Float32Array<ArrayBuffer> {
    const { weights, classCount } = this.#head;
    const shifted = this.#products.slice();
    if (mean === undefined) return shifted;
    const offset = multiplyRows(Float32Array.from(mean), weights, this.#dimension);
    for (let i = 0; i < shifted.length; i++) {
      shifted[i] = (shifted[i] as number) - (offset[i % classCount] as number);
    }
    return shifted;
  }

  /** |P (x − mean)| [n]. */
  #lengths(mean: ArrayLike<number> | undefined): Float64Array {
    this.#projected ??= this.#project(this.#rows);
    const rows = this.#projected;
    const centre = mean === undefined ? undefined : this.#project(Float32Array.from(mean));
    const width =
      this.#projection === undefined ? this.#dimension : this.#projection.length / this.#dimension;
    return Float64Array.from({ length: this.#rows.length / this.#dimension }, (_, row) => {
      let squares = 0;
      for (let i = 0; i < width; i++) {
        squares +=
          ((rows[row * width + i] as number) - (centre === undefined ? 0 : (centre[i] as number))) ** 2;
      }
      return Math.sqrt(squares);
    });
  }

  #project(rows: Float32Array): Float32Array {
    return this.#projection === undefined ? rows : multiplyRows(rows, this.#projection, this.#dimension);
  }
}

function linearHead(head: FittedHead, dimension: number): LinearHead {
  const { prototypes, weights = prototypes, bias, featureScale, logitScale, projection } = head;
  const isZeroShot = head.head === 'zero-shot';
  const rows = isZeroShot ? prototypes : weights;
  return {
    weights:
      projection === undefined ? rows : multiplyRows(rows, transposed(projection, dimension), head.dimension),
    bias: isZeroShot ? undefined : bias,
    scale: isZeroShot ? logitScale : (featureScale ?? 1),
    classCount: prototypes.length / head.dimension,
  };
}

/** [d, k] of P [k, d]. */
function transposed(projection: Float32Array, dimension: number): Float32Array {
  const rows = projection.length / dimension;
  const result = new Float32Array(projection.length);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < dimension; i++) result[i * rows + row] = projection[row * dimension + i] as number;
  }
  return result;
}
