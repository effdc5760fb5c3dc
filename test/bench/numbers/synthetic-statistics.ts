// A `.stats` file of pictures that were never encoded: unit rows around one direction a class, moved along a few directions
// by environments and interventions. Added up as the worker does it, with its limits on the sample.

import { encodeStatistics } from '#shared/codec/stats-file.ts';
import { PictureIntervention } from '#shared/contracts/intervention.ts';
import { pictureInterventionNames } from '#shared/contracts/intervention-defaults.ts';
import { createStatisticsCollector } from '../../../gpu-worker/numbers/statistics-collector.ts';
import { gaussianRows, uniform } from '../../shared/math/random.ts';

export type SyntheticShape = {
  readonly dimension: number;
  readonly pictures: number;
  readonly environments: number;
  readonly classes: number;
  /** The first so many of those there are. */
  readonly interventions: number;
};

const limits = { sampleLimit: 2000, pairSampleLimit: 500 };
/** How far noise, an environment and an intervention move a row of unit length. */
const [noise, environmentShift, interventionShift] = [0.6, 0.8, 0.4];
const nuisanceDirections = 16;

export function syntheticStatistics(shape: SyntheticShape): Promise<Uint8Array<ArrayBuffer>> {
  const { dimension, pictures, environments, classes, interventions } = shape;
  const collector = createStatisticsCollector({
    ...limits,
    dimension,
    classCount: classes,
    environmentCount: environments,
    interventionCount: interventions,
  });
  const draw = drawing(shape);
  for (let index = 0; index < pictures; index++) collector.add(draw(index));
  const collected = collector.finish();
  const names = (kind: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${kind} ${index}`);
  return encodeStatistics({
    ...limits,
    model: { id: 'benchmark', revision: '0'.repeat(64) },
    classes: names('class', classes),
    environmentNames: names('environment', environments),
    interventions: pictureInterventionNames
      .slice(0, interventions)
      .map((name) => PictureIntervention.parse({ name })),
    interventionsPerPicture: 'all',
    seed: 0,
    statistics: collected.statistics,
    sample: { environments: collected.environments },
    failures: [],
  });
}

function drawing({ dimension, environments, classes, interventions }: SyntheticShape) {
  const next = uniform(5);
  const centre = () => 2 * next() - 1;
  const concepts = gaussianRows(classes, dimension, 1);
  const nuisance = gaussianRows(nuisanceDirections, dimension, 2);
  const scale = 1 / Math.sqrt(dimension);
  const shifted = (row: Float32Array, direction: number, by: number) =>
    row.map((value, i) => value + by * scale * (nuisance[direction * dimension + i] as number));
  return (index: number) => {
    const [environment, label] = [index % environments, Math.floor(index / environments) % classes];
    const content = concepts
      .subarray(label * dimension, (label + 1) * dimension)
      .map((value) => scale * (value + noise * centre()));
    const plain = shifted(content, environment % nuisanceDirections, environmentShift);
    const intervened = Array.from({ length: interventions }, (_, intervention) => {
      const direction = (environments + intervention) % nuisanceDirections;
      return [intervention, shifted(plain, direction, interventionShift * centre())] as const;
    });
    const sha256 = Array.from({ length: 8 }, () =>
      Math.floor(next() * 2 ** 32)
        .toString(16)
        .padStart(8, '0'),
    ).join('');
    return { environment, class: label, sha256, plain, intervened: new Map(intervened) };
  };
}
