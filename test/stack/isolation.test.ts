// Two tenants that call everything the same and hold the same pictures, in random interleavings on the real stack: each gets
// exactly the answers that it would get alone.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256Hex } from '#shared/digest.ts';
import { samplePicture } from '../support/pictures.ts';
import { fc } from '../support/properties.ts';
import { openTestStack, type TestStack } from '../support/stack.ts';
import {
  anyOperation,
  type LaneMaterial,
  openLane,
  pictureCount,
  type TenantLane,
} from '../support/tenant-lane.ts';

const concepts = ['cat', 'tulip', 'whale'];
const labels = [
  ['cat', 'tulip', 'whale'],
  ['a feline', 'a flower', 'a sea animal'],
] as const;
const runs = 10;

let stack: TestStack;
let artefacts: readonly Uint8Array<ArrayBuffer>[];
let pictures: LaneMaterial['pictures'];

beforeAll(async () => {
  stack = await openTestStack();
  artefacts = await fitTwo();
  const bytes = concepts.slice(0, pictureCount).map((concept) => samplePicture('fxemoji', concept));
  pictures = await Promise.all(
    bytes.map(async (picture) => ({ bytes: picture, sha256: await sha256Hex(picture) })),
  );
});

afterAll(async () => {
  await stack?.close();
});

/** One fit and one refit with other labels, so that an answer tells whose projection gave it. */
async function fitTwo(): Promise<Uint8Array<ArrayBuffer>[]> {
  const { client } = await stack.tenant('maker');
  await client.datasets.create({ name: 'emoji' });
  const tree = ['noto', 'twemoji'].flatMap((environment) =>
    concepts.map((concept) => ({
      environment,
      class: concept,
      filename: `${concept}.png`,
      data: samplePicture(environment, concept),
    })),
  );
  await client.datasets.uploadTree('emoji', tree);
  const fixed = { estimator: 'icm', lambda: 1, dimension: 64 } as const;
  const fit = await client.projections.fit({ name: 'emoji', datasets: ['emoji'], ...fixed });
  await client.jobs.wait(fit.job.id);
  const refit = await client.projections.refit('emoji@1', { ...fixed, labels: [...labels[1]] });
  await client.jobs.wait(refit.job.id);
  return Promise.all(['emoji@1', 'emoji@2'].map((version) => client.projections.download(version)));
}

async function openLanes(): Promise<readonly [TenantLane, TenantLane]> {
  const open = async (index: 0 | 1, othersIds: () => readonly string[]) => {
    const requestsPerMinute = 1_000_000 * (1 + index);
    const limits = { requestsPerMinute, concurrentJobs: 1000 };
    const tenant = await stack.tenant('the same name', limits);
    const artefact = artefacts[index] ?? new Uint8Array();
    return openLane({ tenant, requestsPerMinute, artefact, labels: labels[index], pictures, othersIds });
  };
  const lanes: TenantLane[] = [];
  const one = await open(0, () => [...(lanes[1]?.ids ?? [])]);
  const other = await open(1, () => [...(lanes[0]?.ids ?? [])]);
  lanes.push(one, other);
  return [one, other];
}

/** Looks at everything at last, so that what an operation left behind shows too. */
async function settle([one, other]: readonly [TenantLane, TenantLane]): Promise<void> {
  for (const lane of [one, other]) {
    await lane.run({ kind: 'look' });
    await lane.run({ kind: 'pry' });
  }
  expect([...one.ids].filter((id) => other.ids.has(id))).toEqual([]);
}

const operations = fc.array(anyOperation, { minLength: 8, maxLength: 24 });

describe('two tenants with everything called the same', () => {
  it('one after the other in any order, see nothing of each other', async () => {
    const turns = fc.array(fc.tuple(fc.constantFrom(0, 1), anyOperation), { minLength: 16, maxLength: 48 });
    const property = fc.asyncProperty(turns, async (sequence) => {
      const lanes = await openLanes();
      for (const [who, operation] of sequence) await lanes[who as 0 | 1].run(operation);
      await settle(lanes);
    });
    await fc.assert(property, { numRuns: runs });
  });

  it('at the same time, see nothing of each other', async () => {
    const property = fc.asyncProperty(operations, operations, async (mine, theirs) => {
      const lanes = await openLanes();
      const lane = async (who: 0 | 1, sequence: typeof mine) => {
        for (const operation of sequence) await lanes[who].run(operation);
      };
      await Promise.all([lane(0, mine), lane(1, theirs)]);
      await settle(lanes);
    });
    await fc.assert(property, { numRuns: runs });
  });

  it('have nothing in storage that is not under their own name', async () => {
    const bucket = await stack.miniflare.getR2Bucket('BUCKET');
    const { objects } = await bucket.list();
    expect(objects.length).toBeGreaterThan(0);
    const database = await stack.miniflare.getD1Database('DB');
    const { results } = await database.prepare('SELECT id FROM tenants').all<{ id: string }>();
    const tenants = new Set(results.map(({ id }) => id));
    for (const { key } of objects) expect(tenants, key).toContain(/^(?:t|cache)\/([^/]+)\//.exec(key)?.[1]);
  });
});
