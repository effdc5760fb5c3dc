// The embeddings of test/fixtures/policy, as a fit takes them and as a target is scored.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { FitInput } from '#shared/math/fit/fit-input.ts';
import { normaliseRows } from '#shared/math/linear/vector.ts';
import { createStatisticsCollector } from '../../../gpu-worker/numbers/statistics-collector.ts';
import { defaultOptions } from './planted.ts';

type Meta = {
  readonly n: number;
  readonly d: number;
  readonly logitScale: number;
  readonly interventions: string[];
  readonly environments: string[];
  readonly env: number[];
  readonly cls: number[];
};

type Expectation = { readonly choice: string; readonly estimate: number };

export type PolicyFixture = Meta & {
  readonly name: string;
  readonly classCount: number;
  readonly pictures: Float32Array;
  readonly edits: Float32Array;
  readonly texts: Float32Array;
  readonly expected: {
    readonly targets: {
      readonly target: string;
      readonly accuracy: Readonly<Record<string, number>>;
      readonly profiled: Expectation;
      readonly unprofiled: Expectation;
    }[];
    readonly mean: Readonly<Record<string, number>>;
  };
};

export function readPolicyFixture(name: string): PolicyFixture {
  const folder = new URL(`../../fixtures/policy/${name}/`, import.meta.url);
  const json = (file: string) => JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
  const meta: Meta = json('meta.json');
  const rows = (file: string) => {
    const bytes = new Uint8Array(readFileSync(new URL(file, folder)));
    const values = Float32Array.from(new Float16Array(bytes.buffer));
    normaliseRows(values, meta.d);
    return values;
  };
  const texts = rows('t.f16');
  return {
    ...meta,
    name,
    classCount: texts.length / meta.d,
    pictures: rows('x.f16'),
    edits: rows('v.f16'),
    texts,
    expected: json('expected.json'),
  };
}

/** A fit on the named environments; `order` says in which order their pictures come. */
export function policyInput(
  fixture: PolicyFixture,
  sources: readonly number[],
  options: Partial<FitInput['options']> = {},
  order: readonly number[] = [...fixture.env.keys()],
): FitInput {
  const { d, n, interventions, pictures, edits } = fixture;
  const collector = createStatisticsCollector({
    dimension: d,
    classCount: fixture.classCount,
    interventionCount: interventions.length,
    environmentCount: sources.length,
    sampleLimit: 2000,
    pairSampleLimit: 500,
  });
  for (const row of order) {
    const environment = sources.indexOf(fixture.env[row] ?? -1);
    if (environment < 0) continue;
    collector.add({
      environment,
      class: fixture.cls[row] ?? -1,
      sha256: createHash('sha256').update(`${fixture.name}${row}`).digest('hex'),
      plain: pictures.subarray(row * d, (row + 1) * d),
      intervened: new Map(
        interventions.map((_, edit) => [
          edit,
          edits.subarray((edit * n + row) * d, (edit * n + row + 1) * d),
        ]),
      ),
    });
  }
  const { statistics, environments } = collector.finish();
  return {
    statistics,
    sample: { environments },
    environmentNames: sources.map((source) => fixture.environments[source] ?? ''),
    interventionNames: interventions,
    prototypes: fixture.texts,
    classCount: fixture.classCount,
    logitScale: fixture.logitScale,
    options: { ...defaultOptions, ...options },
  };
}

/** A target's pictures: those of the fixed batch, number ⌊i·n/32⌋, and the rest, which are scored. */
export function splitTarget({ env, cls, d, pictures }: PolicyFixture, target: number) {
  const rows = [...env.keys()].filter((row) => env[row] === target);
  const inBatch = new Set(Array.from({ length: 32 }, (_, i) => Math.floor((i * rows.length) / 32)));
  const part = (wanted: boolean) => {
    const own = rows.filter((_, place) => inBatch.has(place) === wanted);
    return {
      embeddings: Float32Array.from(own.flatMap((row) => [...pictures.subarray(row * d, (row + 1) * d)])),
      classes: Int32Array.from(own, (row) => cls[row] ?? -1),
    };
  };
  return { batch: part(true), scored: part(false) };
}
