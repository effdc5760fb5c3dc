// Work that takes the isolate's thread long: cut into steps, asked for before it is begun, and not done twice.

import { expect, test } from 'vitest';
import { appError } from '#shared/app-error.ts';
import { decodeArtefact } from '#shared/codec/icm-file.ts';
import { createLru } from '#shared/lru.ts';
import { classify, roomForAnswers } from '#shared/math/answer/classify.ts';
import { compileHead } from '#shared/math/answer/compiled-head.ts';
import { argmaxOfRows, normaliseRows } from '#shared/math/linear/vector.ts';
import { ok } from '#shared/result.ts';
import { readyProjection } from '../../../edge/cache/ready-projection.ts';
import { type AppliedProfile, applyProfile } from '../../../edge/use-cases/apply-profile.ts';
import type { Asking } from '../../../edge/use-cases/asking.ts';
import type { HeadSources } from '../../../edge/use-cases/chosen-head.ts';
import { addToContent, emptyContent } from '../../../edge/use-cases/profile-content.ts';
import { withOtherLabels } from '../../../edge/use-cases/projection-head.ts';
import { answeredLabels, inSteps } from '../../../edge/use-cases/row-steps.ts';
import { makeArtefact } from '../../bench/edge/artefact.ts';
import { gaussianRows, unwrap } from '../../shared/math/random.ts';

const dimension = 64;

async function makeReady(labels: number) {
  const { bytes } = await makeArtefact({ dimension, kept: 48, labels });
  const artefact = unwrap(await decodeArtefact(bytes));
  return readyProjection({ id: 'prj_1', name: 'a', version: 1 }, artefact, undefined);
}

function unitRowsOf(count: number, seed: number): Float32Array<ArrayBuffer> {
  const rows = gaussianRows(count, dimension, seed);
  normaliseRows(rows, dimension);
  return rows;
}

test('many rows are answered as they are at once, with turns for others in between', async () => {
  const { heads } = await makeReady(2000);
  const head = heads[0]?.unprofiled.compiled;
  if (head === undefined) throw new Error('the projection has a head');
  const rows = unitRowsOf(200, 7);
  let turns = 0;
  let isOver = false;
  const others = async () => {
    for (; !isOver; turns++) await new Promise((resolve) => setTimeout(resolve, 0));
  };
  const counting = others();
  const labels = await answeredLabels(head, rows);
  isOver = true;
  await counting;
  expect(labels).toEqual(argmaxOfRows(classify(head, rows, 200).probabilities, 2000));
  // 200 rows of 99,000 multiplications are five steps.
  expect(turns).toBeGreaterThanOrEqual(4);
});

test.each(['zero-shot', 'probe'] as const)(
  'a %s answer is the same in arrays that another answer stood in',
  async (kind) => {
    const fitted = {
      head: kind,
      choice: 'fixed',
      estimator: 'icm',
      lambda: 1,
      dimension: 48,
      centred: false,
      temperature: 1,
      logitScale: 100,
      projection: gaussianRows(48, dimension, 1),
      prototypes: gaussianRows(7, 48, 2),
      ...(kind === 'probe' ? { weights: gaussianRows(7, 48, 3), bias: gaussianRows(1, 7, 4) } : {}),
    } as const;
    const head = compileHead(fitted, dimension);
    const room = roomForAnswers(head, 5);
    classify(head, unitRowsOf(5, 11), 5, undefined, room);
    const rows = unitRowsOf(3, 12);
    const answers = classify(head, rows, 3, undefined, room);
    expect(answers).toEqual(classify(head, rows, 3));
    expect(answers.scores.buffer).toBe(room.scores.buffer);
    expect(answers.probabilities.buffer).toBe(room.probabilities.buffer);
  },
);

test('steps have all rows once, in their order, however long one of them takes', async () => {
  const stepsOf = (rows: number, products: number) => Array.fromAsync(inSteps(rows, products));
  expect(await stepsOf(5, 1)).toEqual([{ from: 0, to: 5 }]);
  expect(await stepsOf(3, 1e9)).toEqual([
    { from: 0, to: 1 },
    { from: 1, to: 2 },
    { from: 2, to: 3 },
  ]);
  expect(await stepsOf(5, 2_000_000)).toEqual([
    { from: 0, to: 2 },
    { from: 2, to: 4 },
    { from: 4, to: 5 },
  ]);
  expect(await stepsOf(0, 1)).toEqual([]);
});

test('labels of one’s own are projected once for as long as their texts are in memory', async () => {
  const projection = await makeReady(3);
  const texts = unitRowsOf(1000, 8);
  const paid: number[] = [];
  const asking = {
    tenantId: 't',
    beforeWork: (ms: number) => void paid.push(ms),
  } as unknown as Asking;
  const sources = {
    prototypes: { get: async () => ok({ rows: texts, tier: 'memory' }) },
  } as unknown as HeadSources;
  const labels = Array.from({ length: 1000 }, (_, index) => `label ${index}`);
  const choose = async (projected = projection) =>
    unwrap(await withOtherLabels({ labels }, projected, undefined, asking, sources));
  const first = await choose();
  const again = await choose();
  expect(paid).toEqual([1000 * dimension * 48 * 1e-6]);
  const rows = unitRowsOf(4, 9);
  expect(classify(again.compiled, rows, 4)).toEqual(classify(first.compiled, rows, 4));
  // Another projection makes something else of the same texts.
  const other = await choose(await makeReady(3));
  expect(paid).toHaveLength(2);
  expect(classify(other.compiled, rows, 4)).toEqual(classify(first.compiled, rows, 4));
});

test('a profile asks before its pictures are answered, once for each strength, and says where it may not', async () => {
  const projection = await makeReady(1000);
  const [head] = projection.heads;
  if (head?.profiled === undefined) throw new Error('the head has a profiled mode');
  const kept = unitRowsOf(100, 10);
  const content = addToContent(
    emptyContent(dimension),
    Array.from({ length: 100 }, (_, row) => ({
      sha256: row.toString(16).padStart(64, '0'),
      embedding: kept.subarray(row * dimension, (row + 1) * dimension),
    })),
  );
  const model = { id: 'benchmark', revision: '0'.repeat(64) };
  const environment = {
    ...content,
    name: 'gate',
    model,
    revision: 1,
    id: 'env',
    key: 'env 1',
    isSource: false,
  };
  const sources = {
    profileMemory: createLru<AppliedProfile>({ maxWeight: 1e6 }),
    environmentStore: { findWhole: async () => content as never },
  };
  let mayWork = true;
  let asked = 0;
  const asking = {
    tenantId: 't',
    nowMs: 0,
    beforeWork: async () => {
      asked += 1;
      return mayWork ? undefined : appError('busy', 'Too many are under way.');
    },
  };
  const mode = head.profiled;
  const apply = (strength: number) =>
    applyProfile({ projection, head, environment, strength }, mode, asking, sources);
  expect(unwrap(await apply(1)).answeredClasses).toBeGreaterThan(1);
  expect(unwrap(await apply(1)).answeredClasses).toBeGreaterThan(1);
  expect(asked).toBe(1);
  mayWork = false;
  expect(await apply(0.5)).toMatchObject({ ok: false, error: { code: 'busy' } });
  expect(await apply(1)).toMatchObject({ ok: true });
});
