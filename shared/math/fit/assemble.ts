// From a plan to what a fit gives back: every head fitted on all sources in both modes, with its temperature.

import { ok, type Result } from '#shared/result.ts';
import type { FittedHead, HeadName } from '../answer/fitted-head.ts';
import { fitTemperature, type TemperatureOptions } from '../answer/temperature.ts';
import type { MathError } from '../math-error.ts';
import { buildHead, probeTrainer } from './head-builder.ts';
import type { HeadPlan, ModePlan, Plan } from './plan.ts';
import type { Sources } from './policy-projections.ts';
import type { Solved } from './projected.ts';

/** A probe may be too unsure of itself; zero-shot logits are only ever too sure. */
const temperatures: Readonly<Record<HeadName, TemperatureOptions>> = {
  'zero-shot': { low: 1, high: 16, prior: 20 },
  probe: { low: 0.5, high: 16, prior: 20 },
  wise: { low: 0.5, high: 16, prior: 20 },
};

/** Both modes of a head, and what they were planned as. */
export type AssembledModes = {
  readonly head: HeadName;
  readonly plan: HeadPlan;
  readonly unprofiled: FittedHead;
  readonly profiled: FittedHead;
};

export type Assembled = {
  readonly heads: readonly AssembledModes[];
  /** The whole basis that a projection is of, where it came with one. */
  readonly bases: ReadonlyMap<Float32Array, Float64Array>;
};

export function assembleHeads(plan: Plan, sources: Sources): Result<Assembled, MathError> {
  const share = arraySharer();
  const train = probeTrainer(sources);
  const bases = new Map<Float32Array, Float64Array>();
  const solved = new Map<string, Result<Solved, MathError>>();
  const built = new Map<string, Result<FittedHead, MathError>>();

  function build({ head }: HeadPlan, { approach }: ModePlan): Result<FittedHead, MathError> {
    const key = `${head}/${approach.choice}/${approach.centre}`;
    const known = built.get(key);
    if (known !== undefined) return known;
    const choiceKey = `${approach.choice === 'fixed' ? head : ''}/${approach.choice}`;
    const projected = solved.get(choiceKey) ?? plan.solve(sources, approach.choice, head);
    solved.set(choiceKey, projected);
    if (!projected.ok) return projected;
    const { basis, ...named } = projected.value;
    const projection = named.projection === undefined ? undefined : share(named.projection);
    if (projection !== undefined && basis !== undefined) bases.set(projection, basis);
    const shared = { ...named, ...(projection === undefined ? {} : { projection }) };
    const fitted = buildHead(head, approach, shared, sources, train);
    built.set(key, fitted);
    return fitted;
  }

  function fitMode(head: HeadPlan, mode: ModePlan): Result<FittedHead, MathError> {
    const fitted = build(head, mode);
    if (!fitted.ok) return fitted;
    const temperature = temperatureOf(plan, head.head, mode, sources.input.classCount);
    if (!temperature.ok) return temperature;
    return ok(shareArrays({ ...fitted.value, temperature: temperature.value }, share));
  }

  const heads: AssembledModes[] = [];
  for (const head of plan.heads) {
    const profiled = fitMode(head, head.profiled);
    if (!profiled.ok) return profiled;
    const unprofiled = fitMode(head, head.unprofiled);
    if (!unprofiled.ok) return unprofiled;
    heads.push({ head: head.head, plan: head, unprofiled: unprofiled.value, profiled: profiled.value });
  }
  return ok({ heads, bases });
}

/** 1 where nothing was left out. */
function temperatureOf(
  { estimates }: Plan,
  head: HeadName,
  { approach, estimate }: ModePlan,
  classCount: number,
): Result<number, MathError<'no-convergence'>> {
  if (estimate === undefined) return ok(1);
  const left = estimates.logits(head, approach);
  if (!left.ok) return left;
  const { logits, classes } = left.value;
  return ok(fitTemperature(logits, classes, classCount, temperatures[head]));
}

function shareArrays(head: FittedHead, share: (array: Float32Array) => Float32Array): FittedHead {
  const { weights, bias } = head;
  return {
    ...head,
    prototypes: share(head.prototypes),
    ...(weights === undefined ? {} : { weights: share(weights) }),
    ...(bias === undefined ? {} : { bias: share(bias) }),
  };
}

/** Equal arrays become one array, so that they are stored and held once. */
function arraySharer(): (array: Float32Array) => Float32Array {
  const seen: Float32Array[] = [];
  return (array) => {
    const equal = seen.find(
      (other) =>
        other === array || (other.length === array.length && other.every((value, i) => value === array[i])),
    );
    if (equal === undefined) seen.push(array);
    return equal ?? array;
  };
}
