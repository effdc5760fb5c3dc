// Rows of watched days, a few at a time: of ten thousand labels each is some 800 kB of an answer, and a profile has up to four for each
// of ninety days.

import type { D1Database } from '@cloudflare/workers-types';
import { fitting } from './cursor.ts';
import type { DayRow } from './watched-day-record.ts';

/** Of rows that are read at once. */
const groupBytes = 512 * 1024;
/** Parameters of one statement; D1 takes 100. */
const groupRows = 90;

/** Their sizes first, then they themselves, oldest first. */
export async function* daysInGroups<Row extends DayRow>(
  db: D1Database,
  columns: string,
  where: string,
  given: readonly string[],
): AsyncGenerator<Row, void, undefined> {
  const { results } = await db
    .prepare(
      `SELECT rowid AS id, length(answered) + length(labels) + length(question) AS bytes FROM watched_days
       WHERE ${where} ORDER BY day, rowid`,
    )
    .bind(...given)
    .all<{ id: number; bytes: number }>();
  for (let left = results; left.length > 0; ) {
    const group = fitting(left.slice(0, groupRows), ({ bytes }) => bytes, groupBytes);
    left = left.slice(group.length);
    const rows = db
      .prepare(
        `SELECT ${columns} FROM watched_days WHERE rowid IN (${group.map(() => '?')}) ORDER BY day, rowid`,
      )
      .bind(...group.map(({ id }) => id));
    yield* (await rows.all<Row>()).results;
  }
}
