import { describe, expect, test } from 'vitest';
import { encodeContainer } from '#shared/codec/container.ts';
import { type ArtefactDraft, decodeArtefact, encodeArtefact } from '#shared/codec/icm-file.ts';
import { gaussianRows, unwrap } from '../math/random.ts';

const row = {
  head: 'zero-shot' as const,
  estimator: 'icm' as const,
  lambda: 0.3,
  dimension: 3,
  centred: false,
  scores: [0.75, 0.5],
  score: 0.625,
};

function exampleArtefact(): ArtefactDraft {
  const projection = gaussianRows(3, 5, 1);
  const prototypes = gaussianRows(2, 3, 2);
  const common = {
    estimator: 'icm' as const,
    lambda: 0.3,
    dimension: 3,
    logitScale: 46.1,
    temperature: 1.25,
    projection,
    prototypes,
  };
  return {
    header: {
      model: { id: 'nano-clip', revision: 'c'.repeat(64) },
      createdAt: '2026-01-02T03:04:05.000Z',
      embeddingDimension: 5,
      labels: ['cat', 'собака'],
      templates: ['a picture of a {}'],
      selection: {
        mode: 'leave-one-environment-out',
        folds: ['a', 'b'],
        heads: [{ head: 'zero-shot', chosen: row, identity: row, gain: 0, standardError: 0, reason: 'none' }],
        rows: [row],
        interventions: [{ name: 'invert', pairs: 3, noOps: 0, flipRate: 0.25, used: true }],
      },
      spectrum: [3, 2, 1, 0.5, 0.25],
      source: {
        pictures: 4,
        failed: 0,
        environments: [{ name: 'a', pictures: 4 }],
        statisticsHash: 'd'.repeat(64),
        seed: 0,
      },
    },
    heads: [
      { ...common, head: 'zero-shot' },
      {
        ...common,
        head: 'wise',
        alpha: 0.5,
        featureScale: 10,
        weights: gaussianRows(2, 3, 4),
        bias: gaussianRows(1, 2, 5),
      },
    ],
    means: { image: gaussianRows(1, 5, 6), text: gaussianRows(1, 5, 7) },
  };
}

describe('.icm artefacts', () => {
  test('come back as they were', async () => {
    const artefact = exampleArtefact();
    const { bytes, contentHash } = await encodeArtefact(artefact);
    const back = unwrap(await decodeArtefact(bytes));
    expect(back.header).toMatchObject({ ...artefact.header, contentHash, removeMean: true });
    expect(back.heads).toEqual(artefact.heads);
    expect(back.means).toEqual(artefact.means);
  });

  test('are the same bytes when read and written again', async () => {
    const { bytes } = await encodeArtefact(exampleArtefact());
    const {
      format: _,
      contentHash: __,
      heads: ___,
      blocks: ____,
      removeMean: _____,
      ...header
    } = unwrap(await decodeArtefact(bytes)).header;
    const { heads, means } = unwrap(await decodeArtefact(bytes));
    expect(
      (await encodeArtefact({ header, heads, ...(means === undefined ? {} : { means }) })).bytes,
    ).toEqual(bytes);
  });

  test('have a content hash that leaves out when they were made and nothing else', async () => {
    const artefact = exampleArtefact();
    const { contentHash } = await encodeArtefact(artefact);
    const later = { ...artefact, header: { ...artefact.header, createdAt: '2030-01-01T00:00:00.000Z' } };
    expect((await encodeArtefact(later)).contentHash).toBe(contentHash);
    const other = { ...artefact, header: { ...artefact.header, labels: ['cat', 'dog'] } };
    expect((await encodeArtefact(other)).contentHash).not.toBe(contentHash);
    const [first, ...rest] = artefact.heads;
    if (first === undefined) throw new Error('no head');
    const heads = [{ ...first, projection: first.projection.map((value) => value * 2) }, ...rest];
    expect((await encodeArtefact({ ...artefact, heads })).contentHash).not.toBe(contentHash);
  });

  test('are refused when any byte has changed or the end is missing', async () => {
    const { bytes } = await encodeArtefact(exampleArtefact());
    for (let at = 0; at < bytes.length; at += 61) {
      const damaged = bytes.slice();
      damaged[at] = (damaged[at] ?? 0) ^ 0x04;
      expect(await decodeArtefact(damaged)).toMatchObject({ ok: false, error: { code: 'invalid-artefact' } });
    }
    expect((await decodeArtefact(bytes.slice(0, -8))).ok).toBe(false);
  });

  test('are refused when well formed with blocks or a content hash that do not fit', async () => {
    const { bytes } = await encodeArtefact(exampleArtefact());
    const { header } = unwrap(await decodeArtefact(bytes));
    const { blocks: _, ...rest } = header;
    const empty = await encodeContainer({ kind: 'icm', header: rest, blocks: [] });
    expect(await decodeArtefact(empty)).toMatchObject({ ok: false, error: { code: 'invalid-artefact' } });
  });
});
