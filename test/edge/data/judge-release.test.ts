// Which versions may answer for their name at once, by what their files say. How the comparison itself is made:
// test/shared/math/compare-versions.test.ts; the whole way: test/stack/releases.test.ts.

import { expect, test } from 'vitest';
import { decodeVersionRecord } from '#shared/codec/icm-file.ts';
import { judgeRelease } from '../../../edge/use-cases/judge-release.ts';
import { smallArtefact } from '../../support/small-artefact.ts';

async function recordOf(labels?: readonly string[], numbers?: Readonly<Record<string, unknown>>) {
  const record = await decodeVersionRecord(await smallArtefact(labels, numbers));
  if (!record.ok) throw new Error(record.error.detail);
  return record.value;
}

const record = await recordOf();
const other = await recordOf(undefined, { logitScale: 50 });
const present = { version: 3, pinned: false, record };

test('the first version of a name is current, unless it was asked to wait', () => {
  expect(judgeRelease(1, record, 'auto', undefined)).toMatchObject({ released: true });
  expect(judgeRelease(1, record, 'candidate', undefined)).toMatchObject({ released: false });
});

test('no version takes a pinned name, or one that means a newer version, whatever is asked', () => {
  for (const wish of ['auto', 'current'] as const) {
    const pinned = judgeRelease(4, record, wish, { ...present, pinned: true });
    expect(pinned).toMatchObject({ released: false, reason: 'The name is pinned to version 3.' });
    expect(judgeRelease(2, record, wish, present)).toMatchObject({ released: false, against: 3 });
  }
});

test('a version that nothing is known of waits, and says so, unless it is asked to be current', () => {
  const waiting = judgeRelease(4, other, 'auto', present);
  expect(waiting).toMatchObject({ released: false, against: 3 });
  expect(waiting.reason).toContain('Nothing compares it with version 3');
  expect(judgeRelease(4, other, 'current', present)).toMatchObject({ released: true });
  expect(judgeRelease(4, record, 'auto', present).reason).toBe('It is the same as version 3.');
  const unread = judgeRelease(4, other, 'auto', { ...present, record: undefined });
  expect(unread).toMatchObject({ released: false });
});

test('a version that shares under half of the labels waits', async () => {
  const strange = await recordOf(['cat', 'owl', 'bat']);
  expect(judgeRelease(4, strange, 'auto', present)).toMatchObject({
    released: false,
    labels: { shared: 1, present: 2, candidate: 3 },
  });
});
