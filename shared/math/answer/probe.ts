// The linear probe: multinomial logistic regression, min Σ_i −log softmax(W z_i + b)[y_i] + |W|²/(2C), the intercept b
// without penalty: what scikit-learn's LogisticRegression(C, multi_class="multinomial", solver="lbfgs") minimises.
// Parameters and sums are float64; products too, or float32 where many rough probes are compared. Scaling of features is
// the caller's (see probeFeatureScale).

import { checkLength } from '../check-length.ts';
import { multiplyRows, multiplyRows64 } from '../kernels/fast-product.ts';
import { type MinimiseOptions, minimise, type Objective } from '../linear/lbfgs.ts';

/** The paper's C. It assumes CLIP features as they leave the tower, of norm about 10; ours are unit vectors. */
const probeC = 0.316;
export const probeFeatureScale = 10;

const probeStopping: MinimiseOptions = { maxIterations: 1000, gradientTolerance: 1e-4 };

export type Probe = {
  /** W [c, k]; zeros for a class without samples. */
  readonly weights: Float32Array<ArrayBuffer>;
  /** b [c]; `absentBias` for a class without samples. */
  readonly bias: Float32Array<ArrayBuffer>;
  /** 1 where the class has samples [c]. */
  readonly present: Uint8Array<ArrayBuffer>;
  readonly iterations: number;
  readonly gradientNorm: number;
};

/** A class that no sample has gets this logit: never the answer, and still a number that a file can hold. */
export const absentBias = -1e4;

export type ProbeInput = {
  /** [n, k]. */
  readonly features: Float32Array;
  /** [n], each in [0, c). */
  readonly classes: Int32Array;
  readonly classCount: number;
  readonly dimension: number;
  readonly stopping?: MinimiseOptions;
  /** Of the products; default float64. In float32 the gradient is no smaller than about 1e-2. */
  readonly precision?: 'float32' | 'float64';
  readonly c?: number;
  /** A probe of the same shape to begin from. */
  readonly start?: Probe;
};

export function trainProbe(input: ProbeInput): Probe {
  const { features, classes, classCount, dimension, stopping = probeStopping, c = probeC } = input;
  checkLength('features', features, classes.length * dimension);
  const present = new Uint8Array(classCount);
  for (const index of classes) {
    if (index < 0 || index >= classCount) throw new RangeError(`there is no class ${index}`);
    present[index] = 1;
  }
  const kept = Array.from(present.keys()).filter((index) => present[index] === 1);
  const position = new Int32Array(classCount);
  for (const [index, original] of kept.entries()) position[original] = index;
  const lossInput = {
    classes: classes.map((index) => position[index] as number),
    classCount: kept.length,
    dimension,
    penalty: 1 / c,
  };
  const objective =
    input.precision === 'float32'
      ? logisticLoss({ ...lossInput, features: new Float32Array(features), multiply: multiplyRows })
      : logisticLoss({ ...lossInput, features: new Float64Array(features), multiply: multiplyRows64 });
  const start = startingPoint(kept, dimension, input.start);
  const { point, iterations, gradientNorm } = minimise(objective, start, stopping);
  return { ...spread(point, kept, classCount, dimension), present, iterations, gradientNorm };
}

type Floats = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

type LossInput<T extends Floats> = {
  readonly features: T;
  readonly multiply: (a: T, b: T, dimension: number) => T;
  readonly classes: Int32Array;
  readonly classCount: number;
  readonly dimension: number;
  readonly penalty: number;
};

/** Parameters are W [c, k], then b [c]. */
function logisticLoss<T extends Floats>(input: LossInput<T>): Objective {
  const { features, multiply, classes, classCount, dimension, penalty } = input;
  const count = classes.length;
  const featuresByColumn = transposed(features, count, dimension);
  const residuals = zerosLike(features, classCount * count);
  const weights = zerosLike(features, classCount * dimension);
  return (point, gradient) => {
    for (let i = 0; i < weights.length; i++) weights[i] = point[i] as number;
    const logits = multiply(features, weights, dimension);
    const bias = point.subarray(weights.length);
    let loss = 0;
    for (let row = 0; row < count; row++) {
      loss += residualsOfRow(logits, bias, residuals, { row, count, answer: classes[row] as number });
    }
    const slopes = multiply(residuals, featuresByColumn, count);
    for (let i = 0; i < weights.length; i++) {
      const weight = point[i] as number;
      loss += 0.5 * penalty * weight * weight;
      gradient[i] = (slopes[i] as number) + penalty * weight;
    }
    for (let index = 0; index < classCount; index++) {
      let sum = 0;
      for (let row = index * count; row < (index + 1) * count; row++) sum += residuals[row] as number;
      gradient[weights.length + index] = sum;
    }
    return loss;
  };
}

/** Writes p − y of one sample down its column of `residuals` [c, n]; returns its loss. */
function residualsOfRow(
  logits: Floats,
  bias: Float64Array,
  residuals: Floats,
  { row, count, answer }: { readonly row: number; readonly count: number; readonly answer: number },
): number {
  const width = bias.length;
  const start = row * width;
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < width; i++) {
    const logit = (logits[start + i] as number) + (bias[i] as number);
    logits[start + i] = logit;
    if (logit > largest) largest = logit;
  }
  const shifted = (logits[start + answer] as number) - largest;
  let sum = 0;
  for (let i = 0; i < width; i++) {
    const value = Math.exp((logits[start + i] as number) - largest);
    logits[start + i] = value;
    sum += value;
  }
  for (let i = 0, at = row; i < width; i++, at += count) residuals[at] = (logits[start + i] as number) / sum;
  const at = answer * count + row;
  residuals[at] = (residuals[at] as number) - 1;
  return Math.log(sum) - shifted;
}

function startingPoint(kept: readonly number[], dimension: number, start: Probe | undefined): Float64Array {
  const point = new Float64Array(kept.length * (dimension + 1));
  if (start === undefined) return point;
  for (const [index, original] of kept.entries()) {
    point.set(start.weights.subarray(original * dimension, (original + 1) * dimension), index * dimension);
    const bias = start.bias[original] as number;
    point[kept.length * dimension + index] = bias === absentBias ? 0 : bias;
  }
  return point;
}

function spread(
  point: Float64Array,
  kept: readonly number[],
  classCount: number,
  dimension: number,
): Pick<Probe, 'weights' | 'bias'> {
  const weights = new Float32Array(classCount * dimension);
  const bias = new Float32Array(classCount).fill(absentBias);
  for (const [index, original] of kept.entries()) {
    weights.set(point.subarray(index * dimension, (index + 1) * dimension), original * dimension);
    bias[original] = point[kept.length * dimension + index] as number;
  }
  return { weights, bias };
}

function zerosLike<T extends Floats>(array: T, length: number): T {
  return (array instanceof Float32Array ? new Float32Array(length) : new Float64Array(length)) as T;
}

function transposed<T extends Floats>(rows: T, count: number, dimension: number): T {
  const result = zerosLike(rows, rows.length);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < dimension; j++) result[j * count + i] = rows[i * dimension + j] as number;
  }
  return result;
}

/** Logits W z + b of `features` [n, k]. */
export function probeLogits(
  probe: Probe,
  features: Float32Array,
  dimension: number,
): Float32Array<ArrayBuffer> {
  const logits = multiplyRows(features, probe.weights, dimension);
  const width = probe.bias.length;
  for (let i = 0; i < logits.length; i++)
    logits[i] = (logits[i] as number) + (probe.bias[i % width] as number);
  return logits;
}
