// How often unchanged pictures are raised as drift, and how soon changed ones are, at the default threshold: profiles and days
// drawn from embeddings of real pictures, those of samples/emoji or of `--pictures`. Weeks of seven days against one profile.

import { driftThreshold } from '../../shared/contracts/limits.ts';
import { uniform } from '../shared/math/random.ts';
import type { Benchmark, Options, Row } from './benchmark.ts';
import { type Pool, readPools } from './watch/pools.ts';
import {
  answersOf,
  type Draw,
  drawProfile,
  driftOf,
  frames,
  halves,
  independent,
  otherMix,
  runs,
  type Watching,
  watching,
} from './watch/simulate.ts';

const profilePictures = 32;
const daysOfWeek = 7;
/** Weeks of each environment: those that carry a bar, and the others. */
const weeks = { counted: 60, shown: 15 };

type Trial = {
  readonly what: string;
  readonly draw: Draw;
  readonly pictures: number;
  readonly weeks: number;
};

const unchanged: readonly Trial[] = [
  ...[50, 200, 1000].map((pictures) => ({
    what: 'independent draws',
    draw: independent,
    pictures,
    weeks: weeks.counted,
  })),
  { what: 'every second class thrice as often', draw: otherMix, pictures: 200, weeks: weeks.shown },
  { what: 'runs of 10 of one class', draw: runs(10), pictures: 200, weeks: weeks.shown },
  { what: 'runs of 25 of one class', draw: runs(25), pictures: 200, weeks: weeks.shown },
  { what: 'every picture ten times in a row', draw: frames(10), pictures: 200, weeks: weeks.shown },
];

export const watch: Benchmark = {
  name: 'watch',
  summary: 'how often unchanged pictures are raised as drift, and how soon changed ones',
  run,
};

async function run(say: (progress: string) => void, { pictures }: Options): Promise<Row[]> {
  const directory = pictures ?? 'samples/emoji';
  say(`encoding ${directory}`);
  const template = pictures === undefined ? 'an emoji of a {}' : 'a photo of a {}';
  const place = watching(await readPools(directory, template), true);
  const rows: Row[] = [];
  for (const trial of unchanged) {
    say(`${trial.what}, ${trial.pictures} a day`);
    rows.push(falseAlarms(place, trial));
  }
  for (const count of [50, 200, 1000]) {
    say(`changed environments, ${count} a day`);
    rows.push(raised(place, 'another environment', count, (other) => ({ pool: other, draw: independent })));
    rows.push(raised(place, 'half of the pictures from another', count, (other, own) => halves(own, other)));
  }
  return rows;
}

function falseAlarms(place: Watching, { what, draw, pictures, weeks: count }: Trial): Row {
  const next = uniform(1);
  let [all, alarms] = [0, 0];
  for (const pool of place.pools.environments) {
    for (let week = 0; week < count; week++) {
      const profiled = drawProfile(place, pool, profilePictures, next);
      const answers = answersOf(place, pool, profiled);
      const days = Array.from({ length: daysOfWeek }, () =>
        isRaised(driftOf(place, pool, answers, draw(pool, pictures, next), profiled)),
      );
      all++;
      if (days.includes(true)) alarms++;
    }
  }
  return {
    what: `unchanged, ${what}, ${pictures} a day: weeks raised`,
    value: (100 * alarms) / all,
    unit: '%',
    ...(draw === independent ? { bar: { atMost: 1 } } : {}),
    note: `${alarms} of ${all} weeks`,
  };
}

type Changed = { readonly pool: Pool; readonly draw: Draw };

/** Each environment in the place of each other: how many are raised on their first day. */
function raised(
  place: Watching,
  what: string,
  pictures: number,
  change: (other: Pool, own: Pool) => Changed,
): Row {
  const next = uniform(2);
  const { environments } = place.pools;
  let [all, first] = [0, 0];
  for (const own of environments) {
    for (const other of environments) {
      if (own === other) continue;
      for (let time = 0; time < 2; time++) {
        const profiled = drawProfile(place, own, profilePictures, next);
        const { pool, draw } = change(other, own);
        const answers = answersOf(place, pool, profiled);
        all++;
        if (isRaised(driftOf(place, pool, answers, draw(pool, pictures, next), profiled))) first++;
      }
    }
  }
  const value = (100 * first) / all;
  return {
    what: `${what}, ${pictures} a day: raised on the first`,
    value,
    unit: '%',
    note: `${first} of ${all}`,
  };
}

function isRaised(drift: ReturnType<typeof driftOf>): boolean {
  return drift !== undefined && Math.max(drift.kept.drift, drift.dropped?.drift ?? 0) > driftThreshold;
}
