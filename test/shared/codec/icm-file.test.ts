import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { encodeContainer } from '#shared/codec/container.ts';
import { type ArtefactDraft, decodeArtefact, encodeArtefact } from '#shared/codec/icm-file.ts';
import { classify } from '#shared/math/answer/classify.ts';
import { compileHead } from '#shared/math/answer/compiled-head.ts';
import type { FittedHead } from '#shared/math/answer/fitted-head.ts';
import { gaussianRows, largestDifference, unwrap } from '../math/random.ts';

const report = {
  choice: 'edits' as const,
  estimator: 'icm' as const,
  lambda: 1,
  dimension: 3,
  centred: true,
  temperature: 1.25,
  reason: 'none',
};

function exampleArtefact(): ArtefactDraft {
  const projection = gaussianRows(3, 5, 1);
  const common = {
    choice: 'edits' as const,
    centred: true,
    estimator: 'icm' as const,
    lambda: 1,
    dimension: 3,
    logitScale: 46.1,
    temperature: 1.25,
    projection,
    prototypes: gaussianRows(2, 3, 2),
  };
  const probe = { featureScale: 10, weights: gaussianRows(2, 3, 4), bias: gaussianRows(1, 2, 5) };
  const wise = { ...common, ...probe, head: 'wise' as const, alpha: 0.5 };
  const plain: FittedHead = {
    head: 'zero-shot',
    choice: 'plain',
    centred: false,
    estimator: 'identity',
    dimension: 5,
    logitScale: 46.1,
    temperature: 1,
    prototypes: gaussianRows(2, 5, 3),
  };
  const heads = [
    { head: 'zero-shot' as const, unprofiled: plain, profiled: { ...common, head: 'zero-shot' as const } },
    { head: 'wise' as const, unprofiled: wise, profiled: { ...wise, prototypes: gaussianRows(2, 3, 8) } },
  ];
  return {
    header: {
      model: { id: 'nano-clip', revision: 'c'.repeat(64) },
      createdAt: '2026-01-02T03:04:05.000Z',
      embeddingDimension: 5,
      labels: ['cat', 'собака'],
      templates: ['a picture of a {}'],
      report: {
        sources: [{ name: 'a', pictures: 4, labelled: 4, role: 'estimated' }],
        heads: [{ head: 'zero-shot', profiled: report, unprofiled: report, candidates: [] }],
        interventions: [{ name: 'invert', pairs: 3, noOps: 0, flipRate: 0.25, used: true }],
        warnings: [],
      },
      spectrum: [3, 2, 1, 0.5, 0.25],
      source: {
        pictures: 8,
        failed: 0,
        environments: [
          { name: 'a', pictures: 4, trace: 0.5 },
          { name: 'b', pictures: 4, trace: 0.25 },
        ],
        statisticsHash: 'd'.repeat(64),
        seed: 0,
      },
    },
    heads,
    sources: {
      means: gaussianRows(2, 5, 6),
      mean: gaussianRows(1, 5, 7),
      variances: new Map([
        [undefined, gaussianRows(2, 5, 9)],
        [projection, gaussianRows(2, 5, 10)],
      ]),
    },
  };
}

describe('.icm artefacts', () => {
  test('come back as they were', async () => {
    const artefact = exampleArtefact();
    const { bytes, contentHash } = await encodeArtefact(artefact);
    const back = unwrap(await decodeArtefact(bytes));
    expect(back.header).toMatchObject({ ...artefact.header, contentHash, format: 'icm/2' });
    expect(back.heads).toEqual(artefact.heads);
    expect(back.sources).toEqual(artefact.sources);
    expect(back.mean).toEqual(artefact.sources.mean);
  });

  test('hold what modes share once, in the file and when read', async () => {
    const artefact = exampleArtefact();
    const { bytes } = await encodeArtefact(artefact);
    const { header, heads } = unwrap(await decodeArtefact(bytes));
    const names = header.blocks.map(({ name }) => name);
    expect(names.filter((name) => name.startsWith('projection/'))).toEqual(['projection/0']);
    expect(names.filter((name) => name.startsWith('weights/'))).toEqual(['weights/0']);
    const [zeroShot, wise] = heads;
    expect(wise?.profiled?.projection).toBe(wise?.unprofiled.projection);
    expect(wise?.unprofiled.projection).toBe(zeroShot?.profiled?.projection);
    expect(zeroShot?.unprofiled.projection).toBeUndefined();
  });

  test('are the same bytes when read and written again', async () => {
    const { bytes } = await encodeArtefact(exampleArtefact());
    const { header: whole, heads, sources } = unwrap(await decodeArtefact(bytes));
    if (whole.format === 'icm/1' || sources === undefined) throw new Error('written in the second format');
    const { format: _, contentHash: __, heads: ___, blocks: ____, ...header } = whole;
    expect((await encodeArtefact({ header, heads, sources })).bytes).toEqual(bytes);
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
    const prototypes = first.unprofiled.prototypes.map((value) => value * 2);
    const heads = [{ ...first, unprofiled: { ...first.unprofiled, prototypes } }, ...rest];
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

describe('artefacts of the first format', async () => {
  const folder = new URL('../../fixtures/artefacts/', import.meta.url);
  type Golden = {
    readonly file: string;
    readonly contentHash: string;
    readonly embeddings: number[];
    readonly answers: { readonly head: string; readonly probabilities: number[] }[];
  };
  const goldens: Golden[] = JSON.parse(await readFile(new URL('index.json', folder), 'utf8'));

  test.each(goldens)('$file is read and answers as it did', async ({ file, contentHash, ...golden }) => {
    const { header, heads, mean, textMean, sources } = unwrap(
      await decodeArtefact(await readFile(new URL(file, folder))),
    );
    expect(header).toMatchObject({ format: 'icm/1', contentHash });
    expect(sources).toBeUndefined();
    expect(textMean !== undefined).toBe(file.includes('means'));
    const embeddings = Float32Array.from(golden.embeddings);
    for (const { head, probabilities } of golden.answers) {
      const modes = heads.find((candidate) => candidate.head === head);
      if (modes === undefined) throw new Error(`no ${head}`);
      expect(modes.profiled).toBeUndefined();
      const answer = classify(compileHead(modes.unprofiled, 5, mean), embeddings, 2).probabilities;
      expect(largestDifference(answer, Float32Array.from(probabilities))).toBeLessThan(1e-6);
    }
  });
});
