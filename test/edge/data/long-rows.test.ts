// Rows may be long, and lists of them are what an isolate holds at once: a page has only so much in it, and what nobody is shown is
// not read.

import type { D1Database } from '@cloudflare/workers-types';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parsePageQuery } from '../../../edge/stores/cursor.ts';
import { createJobStore } from '../../../edge/stores/job-store.ts';
import { createProjectionStore } from '../../../edge/stores/projection-store.ts';
import { unwrap } from '../../shared/math/random.ts';
import { measuringAnswers } from '../../support/answer-sizes.ts';
import { type Edge, openEdge } from '../../support/edge.ts';

let edge: Edge;
let database: D1Database;

beforeAll(async () => {
  edge = await openEdge();
  database = (await edge.miniflare.getD1Database('DB', 'edge')) as unknown as D1Database;
});
afterAll(() => edge?.close());

test('a page of projections ends before it shows more labels than an isolate should hold', async () => {
  const insert = (id: string, labels: readonly string[], createdAtMs: number) =>
    database
      .prepare(
        `INSERT INTO projections (tenant_id, id, name, version, status, datasets, labels, created_at)
         VALUES ('t', ?1, ?1, 1, 'ready', '[]', ?2, ?3)`,
      )
      .bind(id, JSON.stringify(labels), createdAtMs)
      .run();
  const many = Array.from({ length: 40 }, (_, index) => `${index} `.padEnd(9_990, 'x'));
  await insert('p1', ['a', 'b'], 1);
  for (const index of [2, 3, 4, 5, 6]) await insert(`p${index}`, many, index);
  const asked = Array.from({ length: 2_000 }, (_, index) => `${index}`.padEnd(197, 'x'));
  const recipe = JSON.stringify({ model: 'nano-clip', encode: {}, solve: { labels: asked } });
  const { db, lengths } = measuringAnswers(database);
  const store = createProjectionStore(db);
  const pages: string[][] = [];
  let cursor: string | undefined;
  do {
    const page = await store.list('t', unwrap(parsePageQuery({ limit: 100, cursor })));
    pages.push(page.items.map(({ id }) => id));
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  expect(pages).toEqual([
    ['p6', 'p5'],
    ['p4', 'p3'],
    ['p2', 'p1'],
  ]);
  expect(Math.max(...lengths)).toBeLessThan(1_100_000);
  // One that was never fitted has no labels, and was asked for as many.
  await database
    .prepare("UPDATE projections SET labels = NULL, recipe = ? WHERE id <> 'p1'")
    .bind(recipe)
    .run();
  expect((await store.list('t', { limit: 100, after: undefined })).items.map(({ id }) => id)).toEqual([
    'p6',
    'p5',
  ]);
  await database
    .prepare("UPDATE projections SET labels = ?, recipe = NULL WHERE id <> 'p1'")
    .bind(JSON.stringify(many))
    .run();
  const short = await store.list('t', { limit: 1, after: undefined });
  expect(short.items.map(({ id, labels }) => [id, labels?.length])).toEqual([['p6', 40]]);
  expect(short.nextCursor).toBeDefined();
});

test('what a job was asked for is read by its run alone, not with every look at it', async () => {
  const manifest = {
    items: Array.from({ length: 10_000 }, (_, index) => `https://pictures.example/${index}`),
  };
  await database
    .prepare(
      `INSERT INTO jobs (tenant_id, id, kind, status, stage, input, heartbeat_at, created_at, updated_at)
       VALUES ('t', 'job_1', 'import', 'running', 'fetch', ?, 0, 0, 0)`,
    )
    .bind(JSON.stringify(manifest))
    .run();
  const { db, lengths } = measuringAnswers(database);
  const store = createJobStore(db);
  expect(await store.find('t', 'job_1')).toMatchObject({ id: 'job_1', kind: 'import', stage: 'fetch' });
  expect((await store.list('t', { limit: 10, after: undefined })).items).toHaveLength(1);
  expect(Math.max(...lengths)).toBeLessThan(2_000);
  expect(await store.findInput('t', 'job_1')).toEqual(manifest);
  expect(await store.findInput('t', 'job_2')).toEqual({});
});
