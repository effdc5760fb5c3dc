// One target environment and one seed: fits on the sources with every method, and measures each on the target. Pure; it
// is what a thread runs.

import type { Head } from '#shared/contracts/fit.ts';
import type { FittedHead } from '#shared/math/answer/classify.ts';
import { fitProjection } from '#shared/math/fit/fit.ts';
import type { FitInput } from '#shared/math/fit/fit-input.ts';
import type { FitReport } from '#shared/math/fit/fit-report.ts';
import type { SelectionReport } from '#shared/math/fit/selection-report.ts';
import type { MathError } from '#shared/math/math-error.ts';
import { ok, type Result } from '#shared/result.ts';
import { compareHeads } from './compare-heads.ts';
import type { EvaluationData } from './evaluation-data.ts';
import { makeTestSet, measureHead, type TestSet } from './measure-head.ts';
import type { Method } from './methods.ts';
import type { Split } from './protocol.ts';
import { measureReference } from './reference.ts';
import { automaticFit, collectSources } from './source-fit.ts';
import { measureCandidates } from './target-curves.ts';
import type { MethodResult, TargetResult } from './target-result.ts';

export type TargetTask = {
  readonly data: EvaluationData;
  readonly target: number;
  readonly seed: number;
  readonly split: Split;
  readonly methods: readonly Method[];
  readonly heads: readonly Head[];
  readonly keepHarmfulInterventions: boolean;
  /** Whether to return every zero-shot candidate as measured on the target, for the report's curves. */
  readonly withCurves: boolean;
};

type Fitted = { readonly method: Method; readonly head: FittedHead };

export function runTarget(task: TargetTask): Result<TargetResult, MathError> {
  const { data, target, seed, split, methods } = task;
  const sources = [...data.environments.keys()].filter((index) => index !== target);
  const input = collectSources(data, sources, split);
  const test = makeTestSet(data, target, split);
  const fits = fitMethods(task, {
    ...input,
    options: {
      ...automaticFit,
      heads: task.heads,
      keepHarmfulInterventions: task.keepHarmfulInterventions,
    },
  });
  if (!fits.ok) return fits;
  const { heads, report, searches, spectrum } = fits.value;
  const results = heads.map(({ method, head }) =>
    measureHead(head, data, test, { method, knownClasses: split.knownClasses }),
  );
  const reference = methods.includes('reference') ? measureReference(data, target, split) : undefined;
  if (reference && !reference.ok) return reference;
  const curves = task.withCurves ? measureCandidates(input, searches, data, test) : ok([]);
  if (!curves.ok) return curves;
  return ok({
    target,
    seed,
    methods: sortMethods([...results, ...(reference?.value.methods ?? [])], task.heads),
    report,
    searches,
    spectrum,
    ...compareFirst(heads, data, target, test),
    curves: task.withCurves ? [...curves.value, ...(reference?.value.curves ?? [])] : [],
  });
}

type Fits = { heads: Fitted[]; report: FitReport; searches: SelectionReport[]; spectrum: number[] };

/** `auto`, and every single estimator by a search of its own. WiSE is a comparison of its own and is not run for those. */
function fitMethods(task: TargetTask, input: FitInput): Result<Fits, MathError> {
  const automatic = fitProjection(input);
  if (!automatic.ok) return automatic;
  const heads: Fitted[] = [];
  const searches: SelectionReport[] = [];
  for (const method of task.methods) {
    if (method === 'reference') continue;
    const own = task.heads.filter((head) => method === 'auto' || method === 'identity' || head !== 'wise');
    const fitted =
      method === 'auto' || own.length === 0
        ? automatic
        : fitProjection({ ...input, options: { ...input.options, estimator: method, heads: own } });
    if (!fitted.ok) return fitted;
    const { report } = fitted.value;
    if (report.search !== undefined) searches.push(report.search);
    const named = own.length === 0 ? [] : fitted.value.heads;
    heads.push(...named.map(({ unprofiled }) => ({ method, head: unprofiled })));
  }
  const { report, spectrum } = automatic.value;
  return ok({ heads, report, searches, spectrum });
}

/** Plain CLIP against the first method that chooses, with the first head asked for. */
function compareFirst(heads: readonly Fitted[], data: EvaluationData, target: number, test: TestSet) {
  const plain = heads.find(({ method }) => method === 'identity');
  const other = heads.find(({ method }) => method === 'auto') ?? heads.at(-1);
  if (plain === undefined || other === undefined) throw new Error('identity is always measured');
  return compareHeads(plain.head, other.head, data, target, test);
}

/** Grouped by head, in the order asked for; within a head in the order measured. */
function sortMethods(results: readonly MethodResult[], heads: readonly Head[]): MethodResult[] {
  return heads.flatMap((head) => results.filter((result) => result.head === head));
}
