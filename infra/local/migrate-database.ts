// Brings the local D1 database up to date, with the same bookkeeping as `wrangler d1 migrations apply`.

import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { D1Database } from '@cloudflare/workers-types';

const bookkeeping = `CREATE TABLE IF NOT EXISTS d1_migrations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT UNIQUE,
  applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
)`;

/** Applies, in the order of their names, the `.sql` files that have not been applied; each is one transaction. */
export async function migrateDatabase(database: D1Database, directory: string): Promise<void> {
  await database.prepare(bookkeeping).run();
  const { results } = await database.prepare('SELECT name FROM d1_migrations').all<{ name: string }>();
  const applied = new Set(results.map(({ name }) => name));
  const names = (await readdir(directory))
    .filter((name) => name.endsWith('.sql') && !applied.has(name))
    .sort();
  for (const name of names) {
    const sql = await readFile(path.join(directory, name), 'utf8');
    await database.batch([
      ...splitStatements(sql).map((statement) => database.prepare(statement)),
      database.prepare('INSERT INTO d1_migrations (name) VALUES (?)').bind(name),
    ]);
  }
}

/** Migrations hold no semicolon but at the end of a statement or before a trigger's END, and no `--` but before a comment. */
function splitStatements(sql: string): string[] {
  return sql
    .replaceAll(/--.*$/gm, '')
    .split(/;(?!\s*END\b)/)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}
