// A database that writes down how long each of its answers is, as the text that it comes as.

import type { D1Database, D1PreparedStatement } from '@cloudflare/workers-types';

/** `lengths`: of the answers to `first` and `all`, in characters. Reads alone. */
export function measuringAnswers(database: D1Database): { db: D1Database; lengths: number[] } {
  const lengths: number[] = [];
  const measured =
    <Given extends unknown[], Answer>(answer: (...given: Given) => Promise<Answer>) =>
    async (...given: Given) => {
      const told = await answer(...given);
      lengths.push(JSON.stringify(told).length);
      return told;
    };
  const statement = (plain: D1PreparedStatement) => ({
    bind: (...values: unknown[]) => statement(plain.bind(...values)),
    first: measured((column?: string) => (column === undefined ? plain.first() : plain.first(column))),
    all: measured(() => plain.all()),
  });
  const db = { prepare: (sql: string) => statement(database.prepare(sql)) };
  return { db: db as unknown as D1Database, lengths };
}
