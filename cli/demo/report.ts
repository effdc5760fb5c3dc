// Turns the demo's outcome into its HTML report: one file that needs nothing else.

import { type DemoReport, renderDemoReport } from '#figures/demo-report.ts';
import type { PictureCase } from '#figures/picture-grid.ts';
import { type Answered, accuracy } from './classify-targets.ts';
import type { DemoOutcome } from './run-demo.ts';
import { summarise } from './summary.ts';

const shownPictures = 12;
const shownPredictions = 3;

export function renderReport(outcome: DemoOutcome): string {
  const { samples, projection, labels, answered, selection, spectrum, latencyMs, embeddingDimension } =
    outcome;
  const summary = summarise(outcome);
  const { clip, projection: projected } = summary.accuracy;
  return renderDemoReport({
    model: projection.model ?? { id: summary.model, revision: '' },
    labels: labels.length,
    sources: { environments: samples.sourceStyles, pictures: samples.sources.length },
    targets: samples.targetStyles.map((environment) => describeTarget(environment, answered)),
    accuracy: {
      clip: { leftOut: summary.source.leftOut.clip, target: clip },
      projection: { leftOut: summary.source.leftOut.projection, target: projected },
    },
    chosen: {
      estimator: summary.estimator,
      ...(summary.lambda === null ? {} : { lambda: summary.lambda }),
      dimension: summary.dimension,
      reason: selection.heads[0]?.reason ?? '',
    },
    embeddingDimension,
    latencyMs,
    selection,
    spectrum,
    pictures: choosePictures(answered),
  });
}

function describeTarget(environment: string, answered: readonly Answered[]): DemoReport['targets'][number] {
  const own = answered.filter(({ picture }) => picture.environment === environment);
  const sides = { clip: accuracy(own, 'clip'), projection: accuracy(own, 'projection') };
  return { environment, pictures: own.length, ...sides };
}

/** Those whose answer turned right or wrong, first the ones whose true label gained or lost most. */
function choosePictures(answered: readonly Answered[]): DemoReport['pictures'] {
  const isRight = (one: Answered, side: 'clip' | 'projection') => one[side][0]?.label === one.picture.class;
  const corrected = answered.filter((one) => !isRight(one, 'clip') && isRight(one, 'projection'));
  const broken = answered.filter((one) => isRight(one, 'clip') && !isRight(one, 'projection'));
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

/** How much more probable the true label is by the projection. */
function gain({ picture, clip, projection }: Answered): number {
  const probability = (side: Answered['clip']) =>
    side.find(({ label }) => label === picture.class)?.probability ?? 0;
  return probability(projection) - probability(clip);
}

function toCase({ picture, clip, projection }: Answered): PictureCase {
  return {
    source: `data:image/png;base64,${Buffer.from(picture.bytes).toString('base64')}`,
    environment: picture.environment,
    trueLabel: picture.class,
    before: clip.slice(0, shownPredictions),
    after: projection.slice(0, shownPredictions),
  };
}
