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
  const measured: MeasuredHead[] = [];
  const searches: SelectionReport[] = [];
  const add = (method: string, mode: ModeName, head: FittedHead | undefined) => {
    const own = about[mode];
    if (head === undefined || own === undefined) return;
    const profiled = mode === 'profiled';
    measured.push({ method, head, profiled, ...(head.centred ? { mean: own } : {}) });
  };
  for (const method of methods) {
    if (method === 'reference') continue;
    if (method === 'auto') {
      for (const { unprofiled, profiled } of automatic.value.heads) {
        add(method, 'unprofiled', unprofiled);
        add(method, 'profiled', profiled);
      }
      continue;
    }
    if (isCandidate(method)) {
      for (const [head, mode] of modesOf(method, heads)) {
        const known = automatic.value.heads.find((one) => one.head === head)?.[mode];
        const fitted = known?.choice === method ? ok(known) : fitChoice(head, method, mode);
        if (!fitted.ok && fitted.error.code !== 'too-few-samples') return fitted;
        add(method, mode, fitted.ok ? fitted.value : undefined);
      }
      continue;
    }
    if (method === 'identity') {
      // Without a profile a head that learns is plain by rule: no need to train it twice.
      for (const { head, unprofiled } of automatic.value.heads) {
        if (head !== 'zero-shot') add(method, 'unprofiled', unprofiled);
      }
    }
    const own = heads.filter((head) => head === 'zero-shot' || (method !== 'identity' && head === 'probe'));
    if (own.length === 0) continue;
    const fitted = fitProjection({ ...input, options: { ...input.options, estimator: method, heads: own } });
    // Some need pairs, which pictures without interventions do not have.
    if (!fitted.ok && (method === 'identity' || fitted.error.code !== 'too-few-samples')) return fitted;
    if (!fitted.ok) continue;
    for (const { unprofiled } of fitted.value.heads) add(method, 'unprofiled', unprofiled);
    if (fitted.value.report.search !== undefined) searches.push(fitted.value.report.search);
  }
  return ok({ heads: measured, automatic: automatic.value, searches });
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
