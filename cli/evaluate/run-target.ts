// One target environment and one seed: fits on the sources with every method, and measures each on the target. Pure; it
// is what a thread runs.

import type { Head } from '#shared/contracts/fit.ts';
import type { FittedHead } from '#shared/math/answer/classify.ts';
import { fitHeads, fitProjection } from '#shared/math/fit/fit.ts';
import type { FitInput } from '#shared/math/fit/fit-input.ts';
import type { SelectionReport, SelectionRow } from '#shared/math/fit/selection-report.ts';
import { selectionScore } from '#shared/math/fit/selection-rule.ts';
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
  const { heads, selection, spectrum } = fits.value;
  const results = heads.map(({ method, head }) =>
    measureHead(head, data, test, { method, knownClasses: split.knownClasses }),
  );
  const reference = methods.includes('reference') ? measureReference(data, target, split) : undefined;
  if (reference && !reference.ok) return reference;
  const curves = task.withCurves ? measureCandidates(input, selection, data, test) : ok([]);
  if (!curves.ok) return curves;
  return ok({
    target,
    seed,
    methods: sortMethods([...results, ...(reference?.value.methods ?? [])], task.heads),
    selection,
    spectrum,
    ...compareFirst(heads, data, target, test),
    curves: task.withCurves ? [...curves.value, ...(reference?.value.curves ?? [])] : [],
  });
}

type Fits = { heads: Fitted[]; selection: SelectionReport; spectrum: number[] };

/**
 * One selection serves `auto` and the best of every single estimator; the latter are fitted with no temperature of their
 * own. WiSE is a comparison of its own and is not run for single estimators.
 */
function fitMethods(task: TargetTask, input: FitInput): Result<Fits, MathError> {
  const automatic = fitProjection(input);
  if (!automatic.ok) return automatic;
  const { report, spectrum } = automatic.value;
  const selection = report.search;
  if (selection === undefined) throw new Error('a fit of the present kind has a table');
  const singles = task.methods.filter((method) => method !== 'auto' && method !== 'reference');
  const wanted = singles.flatMap((method) =>
    task.heads
      .filter((head) => method === 'identity' || method === 'best' || head !== 'wise')
      .flatMap((head) => bestRow(selection.rows, method, head) ?? [])
      .map((row) => ({ method, row })),
  );
  const interventions = selection.interventions.flatMap(({ used }, index) => (used ? [index] : []));
  const missing = wanted.filter(
    ({ row }) => !automatic.value.heads.some(({ unprofiled }) => isRow(unprofiled, row)),
  );
  const fitted = fitHeads(input, {
    interventions,
    heads: missing.map(({ row }) => ({ head: row.head, chosen: row, temperature: 1 })),
  });
  if (!fitted.ok) return fitted;
  const automaticHeads = automatic.value.heads.map(({ unprofiled }) => unprofiled);
  const all = [...automaticHeads, ...fitted.value.heads];
  const heads = wanted.flatMap(({ method, row }) => {
    const head = all.find((candidate) => isRow(candidate, row));
    return head === undefined ? [] : [{ method, head }];
  });
  const chosen: Fitted[] = automaticHeads.map((head) => ({ method: 'auto', head }));
  return ok({
    heads: task.methods.flatMap((method): Fitted[] =>
      method === 'auto' ? chosen : heads.filter((entry) => entry.method === method),
    ),
    selection,
    spectrum,
  });
}

/** Of equal scores the earlier row, as the selection itself does. */
function bestRow(rows: readonly SelectionRow[], method: Method, head: Head): SelectionRow | undefined {
  const own = rows.filter((row) => row.head === head && (method === 'best' || row.estimator === method));
  return own.reduce<SelectionRow | undefined>(
    (a, b) => (a === undefined || selectionScore(b) > selectionScore(a) ? b : a),
    undefined,
  );
}

function isRow(head: FittedHead, row: SelectionRow): boolean {
  const parameters = ['head', 'estimator', 'lambda', 'dimension', 'alpha'] as const;
  return parameters.every((parameter) => head[parameter] === row[parameter]);
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
