// One target environment and one seed: fits on the sources with every method, and measures each on the target. Pure; it
// is what a thread runs.

import type { Head } from '#shared/contracts/fit.ts';
import type { MathError } from '#shared/math/math-error.ts';
import { ok, type Result } from '#shared/result.ts';
import { compareHeads } from './compare-heads.ts';
import type { EvaluationData } from './evaluation-data.ts';
import { makeTestSet, measureHead, sumOfRows } from './measure-head.ts';
import type { Method } from './methods.ts';
import { measureNeighbours } from './neighbours.ts';
import type { Split } from './protocol.ts';
import { measureReference } from './reference.ts';
import { automaticFit, collectSources } from './source-fit.ts';
import { type ProfilePlan, setBatchAside } from './target-batch.ts';
import { measureCandidates } from './target-curves.ts';
import { fitTargetHeads, type MeasuredHead } from './target-heads.ts';
import type { MethodResult, TargetResult } from './target-result.ts';

export type TargetTask = {
  readonly data: EvaluationData;
  readonly target: number;
  /** The environments that are fitted on. */
  readonly sources: readonly number[];
  readonly seed: number;
  readonly split: Split;
  readonly profile: ProfilePlan;
  readonly methods: readonly Method[];
  readonly heads: readonly Head[];
  readonly keepHarmfulInterventions: boolean;
  /** Whether to measure what the literature has that is near, too. */
  readonly withNeighbours: boolean;
  /** Whether to return every zero-shot candidate of a search as measured on the target, for the report's curves. */
  readonly withCurves: boolean;
};

export function runTarget(task: TargetTask): Result<TargetResult, MathError> {
  const { data, target, sources, seed, methods, heads, keepHarmfulInterventions } = task;
  const rows = setBatchAside(data, target, task.split, task.profile, seed);
  const split = { ...task.split, testRows: replaced(task.split.testRows, target, rows.scored) };
  const input = collectSources(data, sources, split);
  const test = makeTestSet(data, target, rows.scored);
  const batch = makeTestSet(data, target, rows.batch);
  const options = { ...automaticFit, heads, keepHarmfulInterventions };
  const sum =
    rows.batch.length === 0
      ? undefined
      : { pictures: rows.batch.length, sum: sumOfRows(batch.embeddings, data.dimension) };
  const fits = fitTargetHeads({ methods, heads }, { ...input, options }, sum);
  if (!fits.ok) return fits;
  const { heads: fitted, automatic, searches } = fits.value;
  const results = fitted.map((one) => measureHead(one, data, test, split.knownClasses));
  const reference = methods.includes('reference')
    ? measureReference(data, { target, sources, split })
    : undefined;
  if (reference && !reference.ok) return reference;
  const near = task.withNeighbours ? measureNeighbours(data, test, batch.embeddings) : [];
  const curves = task.withCurves ? measureCandidates(input, searches, data, test) : ok([]);
  if (!curves.ok) return curves;
  const { before, after } = comparedHeads(fitted);
  return ok({
    target,
    sources: [...sources],
    seed,
    profile: rows.batch.length,
    rows: [...rows.scored],
    methods: sortMethods([...results, ...(reference?.value.methods ?? []), ...near], heads),
    report: automatic.report,
    searches: [...searches],
    spectrum: automatic.spectrum,
    ...compareHeads(before, after, { data, target, test }),
    curves: task.withCurves ? [...curves.value, ...(reference?.value.curves ?? [])] : [],
  });
}

function replaced(
  rows: readonly (readonly number[])[],
  at: number,
  by: readonly number[],
): (readonly number[])[] {
  return rows.map((own, index) => (index === at ? by : own));
}

/** Plain CLIP against `auto` with a profile, or what there is nearest to it, with the first head asked for. */
function comparedHeads(fitted: readonly MeasuredHead[]): { before: MeasuredHead; after: MeasuredHead } {
  const before = fitted.find(({ method }) => method === 'identity');
  const automatic = fitted.filter(({ method, head }) => method === 'auto' && head.head === before?.head.head);
  const after = automatic.find(({ profiled }) => profiled) ?? automatic[0] ?? fitted.at(-1);
  if (before === undefined || after === undefined) throw new Error('identity is always measured');
  return { before, after };
}

/** Grouped by head, in the order asked for; within a head in the order measured. */
function sortMethods(results: readonly MethodResult[], heads: readonly Head[]): MethodResult[] {
  return heads.flatMap((head) => results.filter((result) => result.head === head));
}
