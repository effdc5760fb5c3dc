// docs/storage.md names what there is: no table and no key of the bucket is missing from it, and none is made up.

import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { objectKeys } from '../../../edge/stores/object-keys.ts';

const page = readFileSync('docs/storage.md', 'utf8');

/** First cells of the table below a heading. */
function namesUnder(heading: string): string[] {
  const section = page.split(/^## /m).find((text) => text.startsWith(heading)) ?? '';
  return [...section.matchAll(/^\| `([^`]+)`/gm)].map(([, name = '']) => name);
}

test('every table of the migrations is on the page', () => {
  const migrations = readdirSync('edge/migrations').map((name) =>
    readFileSync(`edge/migrations/${name}`, 'utf8'),
  );
  const tables = migrations.flatMap((sql) =>
    [...sql.matchAll(/CREATE TABLE (\w+)/g)].map(([, name = '']) => name),
  );
  expect(namesUnder('D1').sort()).toEqual(tables.sort());
});

test('every key of the bucket is on the page', () => {
  const { prefixes, job, batch, exports, ...keys } = objectKeys;
  const made = [
    keys.picture('<tenant>', '<sha256>', '<nonce>'),
    keys.artefact('<tenant>', '<id>'),
    keys.statistics('<tenant>', '<hash>'),
    keys.plan('<tenant>', '<job>', 0).replace('0', '<n>'),
    keys.jobResult('<tenant>', '<job>', '<name>'),
    keys.batchShard('<tenant>', '<batch>', 0).replace('0', '<n>'),
    keys.batchSummary('<tenant>', '<batch>'),
    keys.encoded('<tenant>', '<hash>'),
    keys.prototypes('<tenant>', '<hash>'),
    keys.export('<tenant>', '<id>', '<name>'),
  ];
  expect(made).toHaveLength(Object.keys(keys).length);
  expect(namesUnder('R2').sort()).toEqual(made.sort());
  for (const folder of [
    job('<tenant>', '<job>'),
    batch('<tenant>', '<batch>'),
    exports('<tenant>', '<id>'),
  ]) {
    expect(page).toContain(`\`${folder}\``);
  }
  for (const prefix of prefixes('<tenant>')) expect(made.some((key) => key.startsWith(prefix))).toBe(true);
});
