// Reads the edge's database from the file it is kept in, beside workerd, with nothing of the stack between: also while a
// stack is down.

import { readdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export function readRows<Row>(stateDirectory: string, sql: string): readonly Row[] {
  const directory = path.join(stateDirectory, 'edge/d1/miniflare-D1DatabaseObject');
  const file = readdirSync(directory).find((name) => /^[0-9a-f]{64}\.sqlite$/.test(name));
  if (file === undefined) throw new Error(`there is no database in ${directory}`);
  const database = new DatabaseSync(path.join(directory, file), { readOnly: true });
  try {
    return database.prepare(sql).all() as Row[];
  } finally {
    database.close();
  }
}
