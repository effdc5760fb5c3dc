// Every head that is measured on a target: plain CLIP, `auto`, its candidates and the single estimators, fitted on the sources.

import type { Head } from '#shared/contracts/fit.ts';
import type { FittedHead, ModeName } from '#shared/math/answer/fitted-head.ts';
import { targetMean } from '#shared/math/answer/profile.ts';
import { fitProjection } from '#shared/math/fit/fit.ts';
import { choiceFitter } from '#shared/math/fit/fit-choice.ts';
import type { FitInput, FittedProjection } from '#shared/math/fit/fit-input.ts';
import type { SelectionReport } from '#shared/math/fit/selection-report.ts';
import type { MathError } from '#shared/math/math-error.ts';
import { ok, type Result } from '#shared/result.ts';
import type { Method } from './methods.ts';

export type MeasuredHead = {
  readonly method: string;
  readonly head: FittedHead;
  /** Whether a profile of the target is asked for; not every head makes use of it. */
  readonly profiled: boolean;
  /** What is taken out of pictures [d], where the head takes anything out. */
  readonly mean?: Float32Array;
};

export type TargetHeads = {
  readonly heads: readonly MeasuredHead[];
  readonly automatic: FittedProjection;
  /** What single estimators were chosen from. */
  readonly searches: readonly SelectionReport[];
};

/** n and Σx of a profile's unit rows. */
export type BatchSum = { readonly pictures: number; readonly sum: Float64Array };

type Plan = { readonly methods: readonly Method[]; readonly heads: readonly Head[] };

/** Without `batch` no head is measured with a profile. */
export function fitTargetHeads(
  { methods, heads }: Plan,
  input: FitInput,
  batch: BatchSum | undefined,
): Result<TargetHeads, MathError> {
  const automatic = fitProjection(input);
  if (!automatic.ok) return automatic;
  const { mean } = automatic.value.sources;
  const about = { unprofiled: mean, profiled: batch === undefined ? undefined : targetMean(batch, mean) };
  const fitChoice = choiceFitter(input);
  const headsOf = (method: Exclude<Method, 'reference'>): Result<MethodHeads, MathError> => {
    if (method === 'auto') return ok({ heads: bothModes(automatic.value) });
    if (isCandidate(method)) return fitCandidate(method, heads, automatic.value, fitChoice);
    return fitSingle(method, heads, automatic.value, input);
  };
  const measured: MeasuredHead[] = [];
  const searches: SelectionReport[] = [];
  for (const method of methods) {
    if (method === 'reference') continue;
    const fitted = headsOf(method);
    if (!fitted.ok) return fitted;
    for (const { head, mode } of fitted.value.heads) {
      const own = about[mode];
      if (own === undefined) continue;
      measured.push({ method, head, profiled: mode === 'profiled', ...(head.centred ? { mean: own } : {}) });
    }
    if (fitted.value.search !== undefined) searches.push(fitted.value.search);
  }
  return ok({ heads: measured, automatic: automatic.value, searches });
}

type ModeHead = { readonly head: FittedHead; readonly mode: ModeName };

/** What a method comes to: nothing where there is too little to fit it from. */
type MethodHeads = { readonly heads: readonly ModeHead[]; readonly search?: SelectionReport | undefined };

function bothModes({ heads }: FittedProjection): ModeHead[] {
  return heads.flatMap(({ unprofiled, profiled }) => [
    { head: unprofiled, mode: 'unprofiled' as const },
    ...(profiled === undefined ? [] : [{ head: profiled, mode: 'profiled' as const }]),
  ]);
}

/** What `auto` chose itself is not fitted again. */
function fitCandidate(
  method: Candidate,
  heads: readonly Head[],
  automatic: FittedProjection,
  fitChoice: ReturnType<typeof choiceFitter>,
): Result<MethodHeads, MathError> {
  const fittedHeads: ModeHead[] = [];
  for (const [head, mode] of modesOf(method, heads)) {
    const known = automatic.heads.find((one) => one.head === head)?.[mode];
    const fitted = known?.choice === method ? ok(known) : fitChoice(head, method, mode);
    if (!fitted.ok && fitted.error.code !== 'too-few-samples') return fitted;
    if (fitted.ok) fittedHeads.push({ head: fitted.value, mode });
  }
  return ok({ heads: fittedHeads });
}

type Single = Exclude<Method, 'auto' | 'reference' | Candidate>;

function fitSingle(
  method: Single,
  heads: readonly Head[],
  automatic: FittedProjection,
  input: FitInput,
): Result<MethodHeads, MathError> {
  const unprofiled = (projection: FittedProjection) =>
    projection.heads.map((one) => ({ head: one.unprofiled, mode: 'unprofiled' as const }));
  // Without a profile a head that learns is plain by rule: no need to train it twice.
  const known =
    method === 'identity' ? unprofiled(automatic).filter(({ head }) => head.head !== 'zero-shot') : [];
  const own = heads.filter((head) => head === 'zero-shot' || (method !== 'identity' && head === 'probe'));
  if (own.length === 0) return ok({ heads: known });
  const fitted = fitProjection({ ...input, options: { ...input.options, estimator: method, heads: own } });
  // Some need pairs, which pictures without interventions do not have.
  if (!fitted.ok && (method === 'identity' || fitted.error.code !== 'too-few-samples')) return fitted;
  if (!fitted.ok) return ok({ heads: known });
  return ok({ heads: [...known, ...unprofiled(fitted.value)], search: fitted.value.report.search });
}

type Candidate = Extract<Method, 'centred' | 'edits' | 'environments' | 'dimension'>;

function isCandidate(method: Method): method is Candidate {
  return ['centred', 'edits', 'environments', 'dimension'].includes(method);
}

/** A probe is centred only with a profile and knows no subspace; the leading dimensions take no mean out. */
function modesOf(method: Candidate, heads: readonly Head[]): (readonly [Head, ModeName])[] {
  return heads.flatMap((head): (readonly [Head, ModeName])[] => {
    if (head !== 'zero-shot') return method === 'centred' ? [[head, 'profiled']] : [];
    if (method === 'dimension') return [[head, 'unprofiled']];
    return [
      [head, 'unprofiled'],
      [head, 'profiled'],
    ];
  });
}
