// Turns the demo's outcome into its HTML report: one file that needs nothing else.

import { type DemoReport, renderDemoReport } from '#figures/demo-report.ts';
import type { PictureCase } from '#figures/picture-grid.ts';
import type { Answered, Way } from './classify-targets.ts';
import type { DemoOutcome } from './run-demo.ts';
import { isRight } from './score.ts';
import type { DemoSummary } from './summary.ts';

const shownPictures = 12;
const shownPredictions = 3;

export function renderReport(
  { projection, report, answered }: DemoOutcome,
  { sources, targets, all, classes, model, latencyMs, profilePictures }: DemoSummary,
): string {
  return renderDemoReport({
    model: projection.model ?? { id: model, revision: '' },
    labels: classes,
    profilePictures,
    sources,
    targets,
    all,
    report,
    latencyMs,
    pictures: choosePictures(answered),
  });
}

const [before, after]: readonly [Way, Way] = ['plain', 'zeroShotCentred'];

/** Those whose answer turned right or wrong, first the ones whose true label gained or lost most. */
function choosePictures(answered: readonly Answered[]): DemoReport['pictures'] {
  const corrected = answered.filter((one) => !isRight(one, before) && isRight(one, after));
  const broken = answered.filter((one) => isRight(one, before) && !isRight(one, after));
  return {
    corrected: corrected.length,
    broken: broken.length,
    mostCorrected: corrected
      .toSorted((a, b) => gain(b) - gain(a))
      .slice(0, shownPictures)
      .map(toCase),
    mostBroken: broken
      .toSorted((a, b) => gain(a) - gain(b))
      .slice(0, shownPictures)
      .map(toCase),
  };
}

/** How much more probable the true label is with a profile. */
function gain({ picture, by }: Answered): number {
  const probability = (way: Way) => by[way].find(({ label }) => label === picture.class)?.probability ?? 0;
  return probability(after) - probability(before);
}

function toCase({ target, picture, by }: Answered): PictureCase {
  return {
    source: `data:image/png;base64,${Buffer.from(picture.bytes).toString('base64')}`,
    environment: target.isSimulated ? `${target.name} (simulated)` : target.name,
    trueLabel: picture.class,
    before: by[before].slice(0, shownPredictions),
    after: by[after].slice(0, shownPredictions),
  };
}
