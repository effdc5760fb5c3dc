// Evaluations of small trees with the real model: sound results where there can be any, clear words where not.

import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultPictureInterventions } from '#shared/contracts/intervention.ts';
import { type Evaluation, type EvaluationOptions, evaluate } from '../../../cli/evaluate/evaluate.ts';
import type { Protocol } from '../../../cli/evaluate/protocol.ts';
import { summarise } from '../../../cli/evaluate/summarise.ts';
import { formatSummary } from '../../../cli/evaluate/text-table.ts';
import { type Encoder, openEncoder } from '../../../gpu-worker/clip/encoder.ts';

const repository = fileURLToPath(new URL('../../../', import.meta.url));
const concepts = ['banana', 'cactus', 'dolphin', 'elephant', 'frog', 'mushroom'];

let root = '';
let encoder: Encoder;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'evaluate-'));
  const opened = await openEncoder({ modelDirectory: join(repository, 'gpu-worker/models/nano-clip') });
  if (!opened.ok) throw new Error(opened.error.detail);
  encoder = opened.value;
});
afterAll(async () => {
  await encoder?.close();
  await rm(root, { recursive: true });
});

/** Copies sample pictures to `environment/class/1.png`; each entry is [environment, class, style, concept]. */
async function makeTree(name: string, entries: readonly (readonly string[])[]): Promise<string> {
  const directory = join(root, name);
  for (const [environment = '', label = '', style = '', concept = ''] of entries) {
    const folder = join(directory, environment, label);
    await mkdir(folder, { recursive: true });
    const sample = join(repository, 'samples/emoji', style, concept, `${concept}.png`);
    await cp(sample, join(folder, `${style}.png`));
  }
  return directory;
}

const everyConcept = (environment: string, style: string, labels = concepts) =>
  concepts.map((concept, index) => [environment, labels[index] ?? concept, style, concept] as const);

const run = (directory: string, options: Partial<EvaluationOptions> = {}) =>
  evaluate(
    encoder,
    {
      directory,
      methods: ['identity', 'auto'],
      heads: ['zero-shot'],
      templates: ['an emoji of a {}'],
      seeds: 1,
      protocol: 'full' satisfies Protocol,
      profile: { size: 4, batch: 'drawn' },
      oneSource: false,
      withNeighbours: false,
      interventions: defaultPictureInterventions.filter(({ name }) => name !== 'invert'),
      keepHarmfulInterventions: false,
      cacheDirectory: join(root, 'cache'),
      threads: 2,
      ...options,
    },
    () => undefined,
  );

function unwrap(result: Awaited<ReturnType<typeof run>>): Evaluation {
  if (!result.ok) throw new Error(result.error.detail);
  return result.value;
}

async function refusal(directory: string, options: Partial<EvaluationOptions> = {}): Promise<string> {
  const result = await run(directory, options);
  return result.ok ? 'no refusal' : result.error.detail;
}

describe('an evaluation', () => {
  it('tests on each environment in turn, and gives the same again from its caches', async () => {
    const directory = await makeTree('three', [
      ...everyConcept('noto', 'noto'),
      ...everyConcept('twemoji', 'twemoji'),
      ...everyConcept('mono', 'emojione-monotone'),
    ]);
    const options = { heads: ['zero-shot', 'probe', 'wise'] } as const;
    const first = summarise(unwrap(await run(directory, options)));
    expect(first.tables[0]?.table.targets).toEqual(['mono', 'noto', 'twemoji']);
    const clip = first.tables[0]?.table.rows.find(
      (row) => row.method === 'plain CLIP' && row.group === 'zero-shot',
    );
    expect(clip?.average.mean).toBeGreaterThan(0.5);
    expect(first.choices.slice(0, 6).map(({ head, profile }) => [head, profile])).toEqual(
      ['zero-shot', 'probe', 'wise'].flatMap((head) => [0, 3].map((profile) => [head, profile])),
    );
    expect(first.gains.map(({ method, head }) => [head, method])).toEqual(
      ['zero-shot', 'probe', 'wise'].flatMap((head) => [
        [head, 'auto'],
        [head, 'auto, profile of 4'],
      ]),
    );
    let encodedViews = 0;
    const counting: Encoder = {
      ...encoder,
      encodeViews: (bytes, views) => {
        encodedViews++;
        return encoder.encodeViews(bytes, views);
      },
    };
    const kept = encoder;
    encoder = counting;
    const second = summarise(unwrap(await run(directory, options)));
    encoder = kept;
    expect(encodedViews).toBe(0);
    expect(second).toEqual(first);
  });

  it('tests on the named target alone, with curves of the estimators asked for however many seeds', async () => {
    const directory = join(root, 'three');
    const methods = ['identity', 'icm', 'reference'] as const;
    const { tables, curves } = summarise(
      unwrap(
        await run(directory, { targets: ['mono'], methods, seeds: 2, profile: { size: 2, batch: 'spread' } }),
      ),
    );
    expect(tables[0]?.table.targets).toEqual(['mono']);
    expect(tables[0]?.table.rows.map(({ method }) => method)).toEqual([
      'plain CLIP',
      'icm, as in the paper',
      'reference',
      'reference, cosine',
    ]);
    expect(tables[0]?.table.rows[0]?.cells.map(({ standardError }) => standardError)).toEqual([0]);
    const drawn = new Set(curves.map(({ estimator }) => estimator));
    expect([...drawn].toSorted()).toEqual(['icm', 'identity', 'reference']);
    expect(await refusal(directory, { targets: ['photo'] })).toContain('there are mono, noto, twemoji');
  });

  it('sets candidates and neighbours beside each other, with a profile and without', async () => {
    const directory = join(root, 'three');
    const methods = ['identity', 'auto', 'centred', 'edits', 'environments', 'dimension'] as const;
    const summary = summarise(unwrap(await run(directory, { methods, withNeighbours: true })));
    expect(summary.tables[0]?.table.rows.map(({ method }) => method)).toEqual([
      'plain CLIP',
      'auto',
      'auto, profile of 4',
      'centred',
      'centred, profile of 4',
      '(b) edits',
      '(b) edits, profile of 4',
      '(b′) edits and environments',
      '(b′) edits and environments, profile of 4',
      'dimension alone',
      'profile alone, profile of 4',
      'distribution normalization, profile of 4',
      'transclip',
    ]);
    const text = formatSummary(summary);
    expect(text).toContain('chance 16.7 %');
    expect(text).toContain('A profile is the mean of 4 pictures of the target');
    const without = summarise(unwrap(await run(directory, { profile: { size: 0, batch: 'drawn' } })));
    expect(without.tables[0]?.table.rows.map(({ method }) => method)).toEqual(['plain CLIP', 'auto']);
  });

  it('fits on one source at a time, every ordered pair', async () => {
    const directory = join(root, 'three');
    const summary = summarise(unwrap(await run(directory, { oneSource: true, interventions: [] })));
    expect(summary.tables[0]?.table.targets).toEqual([
      'noto → mono',
      'twemoji → mono',
      'mono → noto',
      'twemoji → noto',
      'mono → twemoji',
      'noto → twemoji',
    ]);
    const [automatic, profiled] = summary.gains;
    expect(automatic?.cells.map((cell) => cell?.gain)).toEqual(new Array(6).fill(0));
    expect(profiled?.method).toBe('auto, profile of 4');
    const many = {
      ...summary,
      tables: summary.tables.map((one) => ({
        ...one,
        table: { ...one.table, targets: [...one.table.targets, ...new Array(9).fill('x')] },
      })),
    };
    expect(formatSummary(many)).toContain('by source (down) and target (across)');
  });

  it('runs the hold-out protocol, and the open-class one with its own scores', async () => {
    const directory = join(root, 'three');
    unwrap(await run(directory, { protocol: '20-percent' }));
    const open = summarise(unwrap(await run(directory, { protocol: 'open-class' })));
    expect(open.tables.map(({ caption }) => caption)).toHaveLength(3);
    expect(open.quality.columns).toContain('known against new (AUROC)');
    expect(await refusal(directory, { protocol: 'open-class', heads: ['probe'] })).toContain(
      '--heads zero-shot',
    );
  });

  it('reports an unreadable file and goes on without it', async () => {
    const directory = await makeTree('broken', [
      ...everyConcept('a', 'noto'),
      ...everyConcept('b', 'twemoji'),
    ]);
    await writeFile(join(directory, 'a/banana/notes.txt'), 'no picture');
    await mkdir(join(directory, 'c/frog'), { recursive: true });
    await writeFile(join(directory, 'c/frog/1.png'), 'no picture either');
    const summary = summarise(unwrap(await run(directory)));
    expect(summary.unreadable.map(({ path }) => path.slice(directory.length))).toEqual(['/c/frog/1.png']);
    expect(summary.warnings[0]).toContain('a/banana/notes.txt');
    expect(summary.warnings).toContain('No picture of environment c could be read; it is left out.');
    expect(summary.environments.map(({ name }) => name)).toEqual(['a', 'b']);
  });

  it('manages two environments, a class missing in one, an empty folder, and names of any script', async () => {
    const labels = ['plátano', 'cactus', 'イルカ', 'big elephant', 'frog', 'mushroom_cap'];
    const directory = await makeTree('names', [
      ...everyConcept('früher Stil', 'noto', labels),
      ...everyConcept('スケッチ', 'twemoji', labels).slice(1),
    ]);
    await mkdir(join(directory, 'スケッチ', 'plátano'));
    const summary = summarise(unwrap(await run(directory)));
    expect(summary.warnings).toEqual(['Environment スケッチ has no pictures of plátano.']);
    expect(summary.tables[0]?.table.targets).toEqual(['früher Stil', 'スケッチ']);
    const recall = summary.recall.find(({ method }) => method === 'plain CLIP')?.classes;
    expect(recall).toHaveLength(labels.length);
  });

  it('says what is missing where nothing can be measured', async () => {
    const one = await makeTree('one', everyConcept('only', 'noto'));
    expect(await refusal(one)).toBe(
      'There is one environment (only); an evaluation leaves one out, so it needs at least two.',
    );
    const oneClass = await makeTree('one-class', [
      ['a', 'frog', 'noto', 'frog'],
      ['b', 'frog', 'twemoji', 'frog'],
    ]);
    expect(await refusal(oneClass)).toContain('There is one class (frog)');
    expect(await refusal(join(root, 'nowhere'))).toContain('There is no folder');
    await mkdir(join(root, 'unreadable/a/b'), { recursive: true });
    await writeFile(join(root, 'unreadable/a/b/1.png'), '');
    expect(await refusal(join(root, 'unreadable'))).toContain('None of the pictures');
  });
});
