// How often the rule of releases errs: two versions whose true difference is known answer pictures drawn at random, and the rule
// decides from what they answered. `npm exec -- node test/bench/release-rates.ts`; docs/decisions/safe-release.md has the table.

import type { VersionRecord } from '#shared/codec/icm-file.ts';
import type { SecondArtefactHeader } from '#shared/contracts/artefact.ts';
import { shareUnit } from '#shared/math/fit/left-out-record.ts';
import { judgeRelease } from '../../edge/use-cases/judge-release.ts';
import { uniform } from '../shared/math/random.ts';

const labels = Array.from({ length: 10 }, (_, index) => `label ${index}`);
const sources = 4;
const runs = 400;
/** Of the present version. */
const accuracy = 0.75;
/** Pictures that the two answer differently, beyond what their difference needs. */
const otherwise = 0.1;

const next = uniform(1);

type Draw = { readonly perSource: number; readonly difference: number; readonly paired: boolean };

function record(version: number, perSource: number, right: (picture: number) => boolean): VersionRecord {
  const count = sources * perSource;
  const shares = Uint8Array.from({ length: count }, (_, row) => (right(row) ? shareUnit : 0));
  const mode = { choice: 'fixed', centred: false, estimator: 'icm', dimension: 8 };
  const header = {
    format: 'icm/2',
    contentHash: String(version),
    model: { id: 'any', revision: 'one' },
    labels,
    templates: ['{}'],
    heads: [{ head: 'zero-shot', unprofiled: mode }],
  } as unknown as SecondArtefactHeader;
  const pictureOf = (row: number) => row % perSource;
  return {
    header,
    leftOut: {
      sources: Array.from({ length: sources }, (_, index) => ({
        name: `source ${index}`,
        pictures: perSource,
      })),
      tags: Uint8Array.from({ length: 2 * count }, (_, at) => {
        const picture = pictureOf(at >> 1) + (version - 1) * 30_000;
        return at % 2 === 0 ? picture >> 8 : picture & 255;
      }),
      classes: Int32Array.from({ length: count }, (_, row) => pictureOf(row) % labels.length),
      hits: [{ head: 'zero-shot', mode: 'unprofiled', shares }],
    },
  };
}

/** Right and wrong of both for each picture, with the expectations asked for. */
function draw({ perSource, difference, paired }: Draw): readonly [VersionRecord, VersionRecord] {
  const onlyNew = otherwise / 2 + Math.max(0, difference);
  const onlyOld = otherwise / 2 + Math.max(0, -difference);
  const both = accuracy - onlyOld;
  const pictures = Array.from({ length: sources * perSource }, () => {
    const at = next();
    if (at < both) return [true, true] as const;
    if (at < both + onlyOld) return [true, false] as const;
    return [false, at < both + onlyOld + onlyNew] as const;
  });
  // Of other pictures: drawn anew, and under other tags.
  const others = paired ? pictures : pictures.map(() => [true, next() < accuracy + difference] as const);
  const present = record(1, perSource, (row) => pictures[row]?.[0] === true);
  const after = record(paired ? 1 : 2, perSource, (row) => others[row]?.[1] === true);
  return [present, { ...after, header: { ...after.header, contentHash: 'another' } }];
}

function releasedShare(what: Draw): number {
  let released = 0;
  for (let run = 0; run < runs; run++) {
    const [present, after] = draw(what);
    const verdict = judgeRelease(2, after, 'auto', { version: 1, pinned: false, record: present });
    released += Number(verdict.released);
  }
  return released / runs;
}

const differences = [0.05, 0.02, 0, -0.01, -0.02, -0.05, -0.08];
const heading = differences.map((difference) => `${difference > 0 ? '+' : ''}${100 * difference}`);
console.log(`| pictures a source | | ${heading.join(' | ')} |`);
console.log(`|---|---|${differences.map(() => '---').join('|')}|`);
for (const perSource of [20, 50, 250, 1000]) {
  for (const paired of [true, false]) {
    const shares = differences.map((difference) => releasedShare({ perSource, difference, paired }));
    const cells = shares.map((share) => `${(100 * share).toFixed(1)} %`);
    console.log(`| ${perSource} | ${paired ? 'the same' : 'others'} | ${cells.join(' | ')} |`);
  }
}
