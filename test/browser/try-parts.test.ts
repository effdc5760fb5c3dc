// What the Try screen makes of answers, without a browser: counts, filters, the table, and which picture comes first.

import { describe, expect, test } from 'vitest';
import { ClipIcmConnectionError } from '#client/client.ts';
import { arrivalsOf, wordsOf, wordsOfLead } from '../../console/try/arrivals.ts';
import type { Answer, Side } from '../../console/try/ask.ts';
import { askInParts, partsOf } from '../../console/try/ask-in-parts.ts';
import { countAnswers } from '../../console/try/count-answers.ts';
import { isEcho } from '../../console/try/echo.ts';
import type { LoadedPicture, Variant } from '../../console/try/picture.ts';
import { findLead } from '../../console/try/showcase.ts';
import { answersAsCsv, filters, isIn } from '../../console/try/standing.ts';

function answered(label: string, probability = 0.9): Answer {
  return {
    state: 'answered',
    label,
    model: 'nano-clip',
    predictions: [{ label, probability, score: 0 }],
    embedding: 'worker',
    servedBy: 'memory',
    roundTripMs: 1,
    serverMs: 1,
    scoring: 'softmax',
    environment: undefined,
  };
}

type Said = Partial<Record<Side, Partial<Record<Variant, Answer>>>>;

const benchOf = (said: Readonly<Record<string, Said>>) => ({
  answerOf: (id: string, variant: Variant, side: Side) => said[id]?.[side]?.[variant],
});

function picture(id: string, trueLabel?: string, bytes = 1): LoadedPicture {
  const file = new Blob([new Uint8Array(bytes)]);
  return { id, name: `${id}.png`, file, url: '', sha256: id, trueLabel };
}

const [cat, dog, owl] = [answered('cat'), answered('dog'), answered('owl', 0.4)];

describe('counting', () => {
  test('counts what is right beside what held: a wrong answer that holds is no good one', () => {
    const bench = benchOf({ a: { clip: { original: dog, grayscale: dog, invert: cat } } });
    expect(countAnswers(bench, [picture('a', 'cat')], 'clip')).toEqual({
      held: 1,
      tried: 2,
      right: 1,
      known: 3,
    });
  });

  test('calls nothing right or wrong where nobody knows what the picture shows', () => {
    const bench = benchOf({ a: { clip: { original: dog } } });
    expect(countAnswers(bench, [picture('a')], 'clip')).toMatchObject({ right: 0, known: 0 });
  });
});

describe('the picture shown first', () => {
  const pictures = [picture('held', 'cat'), picture('wrong', 'cat'), picture('good', 'cat')];
  const said = {
    held: { clip: { original: cat, invert: cat }, projection: { original: cat, invert: cat } },
    wrong: { clip: { original: cat, invert: dog }, projection: { original: dog, invert: dog } },
    good: {
      clip: { original: cat, grayscale: cat, invert: dog },
      projection: { original: cat, grayscale: cat, invert: cat },
    },
  };

  test('is one where the answer of plain CLIP flips and that of the projection holds and is right', () => {
    const lead = findLead(benchOf(said), pictures, ['clip', 'projection']);
    expect(lead).toEqual({ picture: 'good', variant: 'invert', holds: 'projection' });
  });

  test('is one where the profile holds, if the projection alone does not', () => {
    const profiled = { good: { ...said.good, projection: said.good.clip, profiled: said.good.projection } };
    const lead = findLead(benchOf(profiled), pictures, ['clip', 'projection', 'profiled']);
    expect(lead).toEqual({ picture: 'good', variant: 'invert', holds: 'profiled' });
  });

  test('is none where nothing holds what plain CLIP gives up', () => {
    const { held, wrong } = said;
    expect(findLead(benchOf({ held, wrong }), pictures, ['clip', 'projection'])).toBeUndefined();
  });

  test('is one that flips, where there is plain CLIP alone', () => {
    expect(findLead(benchOf(said), pictures, ['clip'])).toMatchObject({
      variant: 'invert',
      holds: undefined,
    });
    expect(findLead(benchOf({ held: said.held }), pictures, ['clip'])).toBeUndefined();
  });
});

describe('what is told', () => {
  const sides = [
    { side: 'clip', name: 'plain CLIP' },
    { side: 'projection', name: 'zoo@1' },
  ] as const;
  const failed: Answer = { state: 'failed', error: new Error('away') };
  const waiting: Answer = { state: 'waiting', for: 'answer' };
  const told = (said: Readonly<Record<string, Said>>, known: readonly Answer[] = [], hasAlerts = true) => {
    const bench = { ...benchOf(said), pictures: Object.keys(said).map((id) => picture(id)) };
    const { came, waiting: left, isOver } = arrivalsOf(bench, sides, (answer) => known.includes(answer));
    return { words: wordsOf(came, bench, sides, hasAlerts), left, isOver };
  };

  test('of one picture is what each side says, after an intervention too', () => {
    const both = { clip: { original: cat }, projection: { original: owl } };
    expect(told({ a: both }).words).toBe('a.png: plain CLIP says cat, 90 %; zoo@1 says owl, 40 %');
    expect(told({ a: both }, [cat, owl]).words).toBe('');
    const changed = { clip: { ...both.clip, invert: dog }, projection: { ...both.projection, invert: cat } };
    expect(told({ a: changed }, [cat, owl]).words).toBe(
      'a.png, Invert: plain CLIP says dog, 90 %; zoo@1 says cat, 90 %',
    );
  });

  test('leaves a failure to the alert that stands with it, where there is one', () => {
    const half = { a: { clip: { original: cat }, projection: { original: failed } } };
    expect(told(half).words).toBe('a.png: plain CLIP says cat, 90 %');
    expect(told(half, [], false).words).toBe('a.png: plain CLIP says cat, 90 %; zoo@1 has no answer');
    expect(told({ a: { clip: { original: failed }, projection: { original: failed } } }).words).toBe('');
  });

  test('of several pictures is how many, and how many answers held', () => {
    const good = { clip: { original: cat }, projection: { original: cat } };
    const bad = { clip: { original: failed }, projection: { original: failed } };
    expect(told({ a: good, b: good, c: bad }).words).toBe('2 of 3 answered, 1 without an answer');
    const tried = {
      clip: { original: cat, invert: dog, grayscale: cat },
      projection: { original: cat, invert: cat, grayscale: cat },
    };
    expect(told({ a: tried }).words).toBe(
      'a.png: 3 of 3 answered; plain CLIP: 1 of 2 answers held; zoo@1: 2 of 2 answers held',
    );
  });

  test('waits for every side, and for pictures whose turn has not come', () => {
    const good = { clip: { original: cat }, projection: { original: cat } };
    const half = { clip: { original: cat }, projection: { original: waiting } };
    expect(told({ a: good, b: half, c: {} })).toMatchObject({ left: 2, isOver: false });
    expect(told({ a: good })).toMatchObject({ left: 0, isOver: true });
  });

  test('says why a picture is shown first', () => {
    const lead = { picture: 'a', variant: 'invert', holds: 'projection' } as const;
    expect(wordsOfLead(lead, { pictures: [picture('a')] }, sides)).toBe(
      'a.png is shown first. Invert: plain CLIP changes its answer, zoo@1 keeps it.',
    );
  });
});

describe('what stands in place of an answer', () => {
  const failed: Answer = { state: 'failed', error: new Error('away') };
  const refused: Answer = { state: 'refused', code: 'unreadable-picture', detail: '' };
  const gone = new ClipIcmConnectionError('network', 'gone');

  test.each([
    ['a failure', failed, [failed]],
    ['a refusal', refused, [refused]],
  ] as const)('is told once: %s', (_, answer, told) => {
    expect(isEcho(answer, told)).toBe(true);
  });

  test.each([
    ['another failure', failed, [refused, { ...failed, error: gone }]],
    ['a refusal after a failure', refused, [failed, cat]],
  ] as const)('is told all the same: %s', (_, answer, told) => {
    expect(isEcho(answer, told)).toBe(false);
  });
});

describe('many pictures', () => {
  const pictures = [
    picture('right', 'cat'),
    picture('wrong', 'cat'),
    picture('unsure'),
    picture('fickle', 'cat'),
  ];
  const bench = benchOf({
    right: { clip: { original: cat }, projection: { original: cat } },
    wrong: { clip: { original: cat }, projection: { original: dog } },
    unsure: { clip: { original: owl }, projection: { original: owl } },
    fickle: { clip: { original: cat }, projection: { original: cat, invert: dog, grayscale: cat } },
  });
  const sides = ['clip', 'projection'] as const;

  test('are found by what is worth a look', () => {
    const found = filters.map((filter) => [
      filter,
      pictures.filter((one) => isIn(filter, bench, one, sides)).map(({ id }) => id),
    ]);
    expect(Object.fromEntries(found)).toEqual({
      all: ['right', 'wrong', 'unsure', 'fickle'],
      wrong: ['wrong'],
      flipped: ['wrong', 'fickle'],
      unsure: ['unsure'],
    });
  });

  test('become a table, in which no name is taken for a formula', () => {
    const shown = [
      { side: 'clip', name: 'plain CLIP' },
      { side: 'projection', name: 'zoo@1' },
    ] as const;
    const csv = answersAsCsv(bench, [...pictures, { ...picture('none'), name: '=1+1' }], shown);
    expect(csv.split('\r\n')).toEqual([
      'picture,true label,plain CLIP: label,plain CLIP: probability,plain CLIP: held,plain CLIP: tried,zoo@1: label,zoo@1: probability,zoo@1: held,zoo@1: tried',
      'right.png,cat,cat,0.9,0,0,cat,0.9,0,0',
      'wrong.png,cat,cat,0.9,0,0,dog,0.9,0,0',
      'unsure.png,,owl,0.4,0,0,owl,0.4,0,0',
      'fickle.png,cat,cat,0.9,0,0,cat,0.9,1,2',
      "'=1+1,,,,0,0,,,0,0",
      '',
    ]);
  });

  test('are asked about in requests of bounded number and size, each once, two at a time', async () => {
    const many = Array.from({ length: 40 }, (_, index) =>
      picture(`p${index}`, undefined, index % 10 === 0 ? 7 * 2 ** 20 : 1),
    );
    for (const part of partsOf(many)) {
      expect(part.length).toBeLessThanOrEqual(16);
      expect(part.reduce((sum, { file }) => sum + file.size, 0)).toBeLessThanOrEqual(12 * 2 ** 20);
    }
    const [asked, underWay]: [string[], { now: number; most: number }] = [[], { now: 0, most: 0 }];
    await askInParts(many, async (part) => {
      underWay.most = Math.max(underWay.most, ++underWay.now);
      await Promise.resolve();
      asked.push(...part.map(({ id }) => id));
      underWay.now -= 1;
    });
    expect(asked.toSorted()).toEqual(many.map(({ id }) => id).toSorted());
    expect(underWay.most).toBe(2);
  });
});
