// How every intervention fared, and which may be used: under `auto` those that leave plain CLIP's answers alone mostly, for a
// fixed estimator those after which a probe still tells the classes apart, where there are labels to ask it with.

import type { FitInput } from './fit-input.ts';
import type { InterventionVerdict } from './fit-report.ts';
import { countFlips, type FlipCounts, flipRateOf, keptInterventions } from './flips.ts';
import { keepsContent, probeVerdicts, tellsClassesApart } from './intervention-probe.ts';

export type Vetting = {
  readonly flips: FlipCounts;
  readonly verdicts: readonly InterventionVerdict[];
  /** Indices of the interventions to use. */
  readonly used: readonly number[];
  readonly warnings: readonly string[];
};

/** `estimable` are the sources with labelled pictures. */
export function vetInterventions(input: FitInput, estimable: readonly number[]): Vetting {
  const { statistics, interventionNames, options, classCount } = input;
  const environments = [...statistics.environments.keys()];
  const flips = countFlips(input);
  const probes = probeVerdicts(input, estimable);
  const byFlips = keptInterventions(input, flips, environments);
  const verdicts = interventionNames.map((name, index): InterventionVerdict => {
    const cells = statistics.environments.flatMap(({ pairs }) => pairs[index] ?? []);
    const pairs = cells.reduce((sum, { count }) => sum + count, 0);
    const flipRate = flipRateOf(flips, environments, index);
    const probe = probes[index];
    const judged = options.estimator !== 'auto' && !options.keepHarmfulInterventions ? probe : undefined;
    return {
      name,
      pairs,
      noOps: cells.reduce((sum, { noOps }) => sum + noOps, 0),
      ...(flipRate === undefined ? {} : { flipRate }),
      ...(probe === undefined ? {} : { probe: { before: probe.before, after: probe.after } }),
      used:
        judged === undefined
          ? byFlips.includes(index)
          : pairs > 0 &&
            keepsContent(judged, classCount) &&
            !tellsClassesApart(judged, classCount, flipRate ?? 0),
    };
  });
  const warnings = verdicts.flatMap((verdict, index) => {
    const probe = probes[index];
    if (probe === undefined || !tellsClassesApart(probe, classCount, verdict.flipRate ?? 0)) return [];
    return [warningOf(verdict.name, probe)];
  });
  return { flips, verdicts, used: verdicts.flatMap(({ used }, index) => (used ? [index] : [])), warnings };
}

function warningOf(name: string, { before, after }: { before: number; after: number }): string {
  const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
  return (
    `Classes are told apart by what ${name} changes: a probe of the sources answers ${percent(before)} right, ` +
    `and ${percent(after)} after it. Nothing that is to be blind to it can tell them apart.`
  );
}
