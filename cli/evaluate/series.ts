// The results of an evaluation sorted by method and head, and what each gains over plain CLIP on the same pictures.

import type { Evaluation } from './evaluate.ts';
import { methodName } from './methods.ts';
import { type AverageGain, averageGain, type PairedGain, pairedGain, type ScoredHits } from './paired.ts';
import type { MethodResult, TargetResult } from './target-result.ts';

/** A column of the tables: a target, or with one source a target and its source; one result a seed. */
export type Case = { readonly name: string; readonly results: readonly TargetResult[] };

/** One method under one head, by [seed][case]; `undefined` where it could not be made. */
export type Series = {
  readonly method: string;
  readonly head: string;
  readonly results: readonly (readonly (MethodResult | undefined)[])[];
};

/** One number of a result. */
export type Reading = (result: MethodResult) => number | undefined;

export type GainRow = {
  readonly method: string;
  readonly head: string;
  /** By case; `null` where there is nothing to compare. */
  readonly cells: readonly (PairedGain | null)[];
  readonly average: AverageGain;
};

export function caseName({ target, sources }: TargetResult, environments: readonly string[]): string {
  const name = environments[target] ?? '';
  const [only] = sources;
  const isPair = sources.length === 1 && environments.length > 2;
  return isPair && only !== undefined ? `${environments[only] ?? ''} → ${name}` : name;
}

export function listCases({ results, seeds, tree }: Evaluation): Case[] {
  return results
    .filter(({ seed }) => seed === seeds[0])
    .map((first) => {
      const isSame = (other: TargetResult) =>
        other.target === first.target && other.sources.join() === first.sources.join();
      return { name: caseName(first, tree.environments), results: results.filter(isSame) };
    });
}

/** Heads in the order asked for; within one the methods in the order of the first result that has them. */
export function gatherSeries({ options, seeds }: Evaluation, cases: readonly Case[]): Series[] {
  const keys = new Map<string, MethodResult>();
  for (const result of cases.flatMap(({ results }) => results.flatMap(({ methods }) => methods))) {
    const key = keyOf(result);
    if (!keys.has(key)) keys.set(key, result);
  }
  const ordered = options.heads.flatMap((head) =>
    [...keys.values()].filter((result) => result.head === head),
  );
  return ordered.map((first) => ({
    method: methodName(first.method, first.profiled ? options.profile.size : undefined),
    head: first.head,
    results: seeds.map((seed) =>
      cases.map(({ results }) =>
        results
          .find((result) => result.seed === seed)
          ?.methods.find((result) => keyOf(result) === keyOf(first)),
      ),
    ),
  }));
}

function keyOf({ method, profiled, head }: MethodResult): string {
  return `${head}/${method}/${profiled}`;
}

export function measureGains(series: readonly Series[], cases: readonly Case[]): GainRow[] {
  return series.flatMap((one): GainRow[] => {
    const plain = series.find(({ head }) => head === one.head);
    if (plain === undefined || plain === one) return [];
    const pairs = cases.map((column, at) => pairedHits(one, plain, column, at));
    const cells = pairs.map((own): PairedGain | null => (own.length === 0 ? null : pairedGain(own)));
    return [{ method: one.method, head: one.head, cells, average: averageOverTargets(cases, pairs, cells) }];
  });
}

function pairedHits(one: Series, plain: Series, { results }: Case, at: number): ScoredHits[] {
  return results.flatMap(({ rows }, seed) => {
    const [ours, other] = [one.results[seed]?.[at], plain.results[seed]?.[at]];
    return ours === undefined || other === undefined ? [] : [{ rows, ours: ours.hits, plain: other.hits }];
  });
}

/** Of cases with one target the pictures are the same, and count once. */
function averageOverTargets(
  cases: readonly Case[],
  pairs: readonly (readonly ScoredHits[])[],
  cells: readonly (PairedGain | null)[],
): AverageGain {
  const ofTarget = new Map<number, ScoredHits[]>();
  for (const [at, { results }] of cases.entries()) {
    const target = results[0]?.target ?? -1;
    ofTarget.set(target, [...(ofTarget.get(target) ?? []), ...(pairs[at] ?? [])]);
  }
  const targets = [...ofTarget.values()].filter((own) => own.length > 0).map(pairedGain);
  const below = cells.filter((cell) => cell !== null && cell.gain < -cell.standardError).length;
  return { ...averageGain(targets), below };
}
