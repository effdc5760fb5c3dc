// Limited-memory BFGS for smooth functions with no constraints. It knows nothing of what it minimises.
//
// Source: Nocedal & Wright, Numerical Optimization, algorithms 7.4 and 7.5; the step is found by backtracking with
// interpolation under Armijo's condition, and pairs without positive curvature are not kept.

/** The value at `point`, its gradient written to `gradient`. */
export type Objective = (point: Float64Array, gradient: Float64Array) => number;

export type MinimiseOptions = {
  readonly maxIterations: number;
  /** Stops where no component of the gradient is larger. */
  readonly gradientTolerance: number;
  /** Stops where an iteration lowers the value by less than this share of it; 0 never stops so. */
  readonly relativeDecrease?: number;
  /** Pairs remembered; default 10. */
  readonly memory?: number;
};

export type Minimum = {
  readonly point: Float64Array<ArrayBuffer>;
  readonly value: number;
  readonly iterations: number;
  /** Largest component of the gradient at `point`. */
  readonly gradientNorm: number;
};

type CurvaturePair = { readonly s: Float64Array; readonly y: Float64Array; readonly rho: number };

const armijo = 1e-4;
const maxBacktracks = 20;

/** Minimises from `start`, which is not changed. Ends early where no step along the direction lowers the value any more. */
export function minimise(objective: Objective, start: Float64Array, options: MinimiseOptions): Minimum {
  const { maxIterations, gradientTolerance, relativeDecrease = 0, memory = 10 } = options;
  let point = Float64Array.from(start);
  let gradient = new Float64Array(start.length);
  let value = objective(point, gradient);
  const pairs: CurvaturePair[] = [];
  let iterations = 0;
  for (; iterations < maxIterations && largest(gradient) > gradientTolerance; iterations++) {
    const direction = descent(gradient, pairs);
    const firstStep = pairs.length === 0 ? Math.min(1, 1 / norm(gradient)) : 1;
    const step = search(objective, { point, gradient, value }, direction, firstStep);
    if (step === undefined) break;
    const pair = curvature(point, gradient, step.point, step.gradient);
    if (pair !== undefined) pairs.push(pair);
    if (pairs.length > memory) pairs.shift();
    const decrease = value - step.value;
    ({ point, gradient, value } = step);
    if (decrease < relativeDecrease * Math.abs(value)) break;
  }
  return { point, value, iterations, gradientNorm: largest(gradient) };
}

type State = {
  readonly point: Float64Array<ArrayBuffer>;
  readonly gradient: Float64Array<ArrayBuffer>;
  readonly value: number;
};

/** The first step along `direction` that lowers the value enough; `undefined` where none does. */
function search(
  objective: Objective,
  { point, gradient, value }: State,
  direction: Float64Array,
  firstStep: number,
): State | undefined {
  const slope = dot(gradient, direction);
  if (!(slope < 0)) return undefined;
  const next = new Float64Array(point.length);
  const nextGradient = new Float64Array(point.length);
  let step = firstStep;
  for (let attempt = 0; attempt < maxBacktracks; attempt++) {
    for (let i = 0; i < next.length; i++) {
      next[i] = (point[i] as number) + step * (direction[i] as number);
    }
    const nextValue = objective(next, nextGradient);
    if (nextValue <= value + armijo * step * slope) {
      return { point: next, gradient: nextGradient, value: nextValue };
    }
    // The minimum of the parabola through value, slope and the failed value, kept within [0.1, 0.5] of the step.
    const parabola = (-slope * step * step) / (2 * (nextValue - value - slope * step));
    step = Math.min(0.5 * step, Math.max(0.1 * step, Number.isFinite(parabola) ? parabola : 0));
  }
  return undefined;
}

/** −H g by the two-loop recursion, H scaled by the newest pair. */
function descent(gradient: Float64Array, pairs: readonly CurvaturePair[]): Float64Array {
  const direction = gradient.map((component) => -component);
  const weights = new Float64Array(pairs.length);
  for (const [index, { s, y, rho }] of [...pairs.entries()].reverse()) {
    const weight = rho * dot(s, direction);
    weights[index] = weight;
    addScaled(direction, y, -weight);
  }
  const newest = pairs.at(-1);
  if (newest !== undefined) {
    const scale = 1 / (newest.rho * dot(newest.y, newest.y));
    for (let i = 0; i < direction.length; i++) direction[i] = scale * (direction[i] as number);
  }
  for (const [index, { s, y, rho }] of pairs.entries()) {
    addScaled(direction, s, (weights[index] as number) - rho * dot(y, direction));
  }
  return direction;
}

function curvature(
  point: Float64Array,
  gradient: Float64Array,
  nextPoint: Float64Array,
  nextGradient: Float64Array,
): CurvaturePair | undefined {
  const s = new Float64Array(point.length);
  const y = new Float64Array(point.length);
  for (let i = 0; i < s.length; i++) {
    s[i] = (nextPoint[i] as number) - (point[i] as number);
    y[i] = (nextGradient[i] as number) - (gradient[i] as number);
  }
  const product = dot(s, y);
  return product > Number.EPSILON * dot(y, y) ? { s, y, rho: 1 / product } : undefined;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

function addScaled(target: Float64Array, source: Float64Array, factor: number): void {
  for (let i = 0; i < target.length; i++) target[i] = (target[i] as number) + factor * (source[i] as number);
}

function norm(vector: Float64Array): number {
  return Math.sqrt(dot(vector, vector));
}

function largest(vector: Float64Array): number {
  let result = 0;
  for (let i = 0; i < vector.length; i++) result = Math.max(result, Math.abs(vector[i] as number));
  return result;
}
