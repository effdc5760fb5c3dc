// What the console says to people: errors without the language of programs, words as the glossary explains them, buttons by right.

import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { ClipIcmError } from '#client/client.ts';
import type { Problem } from '#shared/contracts/problem.ts';
import type { Scope } from '#shared/contracts/tenant.ts';
import { pickTerms, readGlossary } from '../../console/glossary/read-glossary.ts';
import { terms } from '../../console/glossary/terms.ts';
import { explainError } from '../../console/parts/explain-error.ts';
import { nameOfField } from '../../console/parts/plain-words.ts';
import { screens } from '../../console/router.ts';
import { maySee, rightsOf } from '../../console/session/rights.ts';

describe('an error', () => {
  test('is told without JSON pointers and backticks', () => {
    const problem = {
      type: 'about:blank',
      title: 'Invalid request',
      status: 422,
      code: 'invalid-request',
      detail: 'Give `labels` or a `projection`.',
      requestId: 'r1',
      errors: [
        { pointer: '/body/labels/3', message: 'is the same as `cat`' },
        { pointer: '/requestsPerMinute', message: 'at most 60' },
        { pointer: '', message: 'nothing of the kind' },
      ],
    };
    const { detail } = explainError(new ClipIcmError(problem));
    expect(detail).toBe(
      'Give “labels” or a “projection”. labels, the 4th: is the same as “cat”; requests per minute: at most 60; nothing of the kind',
    );
  });

  test('say of a key and of what is not there nothing that only a program could do', () => {
    const explain = (code: string, detail: string) =>
      explainError(
        new ClipIcmError({ type: '', title: '', status: 401, code, detail, requestId: 'r1' } as Problem),
      );
    const key = explain(
      'unauthenticated',
      'Send a valid API key: `Authorization: Bearer icm_…` or `x-api-key`.',
    );
    expect(key.detail).not.toMatch(/Authorization|x-api-key/);
    expect(key.isFinal).toBe(true);
    expect(explain('not-found', 'The tenant has no such projection.')).toMatchObject({
      detail: 'There is no such projection. It may have been deleted.',
      isFinal: true,
    });
    expect(explain('worker-overloaded', 'Later.').isFinal).toBe(false);
  });

  test.each([
    ['/items/0/byteLength', 'items, the 1st, byte length'],
    ['/query/from', 'from'],
    ['/labels/11', 'labels, the 12th'],
    ['/labels/21', 'labels, the 22nd'],
    ['/environments/day~1night', 'environments, day/night'],
  ])('names the field %s', (pointer, name) => {
    expect(nameOfField(pointer)).toBe(name);
  });
});

describe('the glossary', () => {
  test('explains every word that the console explains, in plain text', async () => {
    const picked = pickTerms(await readFile('docs/glossary.md', 'utf8'), terms);
    expect(Object.keys(picked)).toEqual([...terms]);
    for (const text of Object.values(picked)) expect(text).not.toMatch(/[`*\]]|\.md/);
    expect(picked.profile).toMatch(/^Of an environment: how many pictures .+ centred by it\.$/);
  });

  test('is read by paragraphs, and lacks what it lacks', () => {
    const page =
      '# Words\n\n**apple**: a *fruit*,\nsee [pear](pear.md).\n\n**λ** (lambda): a letter.\n\nNo word.\n';
    expect([...readGlossary(page)]).toEqual([
      ['apple', 'A fruit, see pear.'],
      ['λ', 'A letter.'],
    ]);
    expect(() => pickTerms(page, ['plum'])).toThrow(/does not explain “plum”/);
  });
});

test('a key sees the screens on which it may do anything', () => {
  const seen = (...scopes: Scope[]) => screens.filter((screen) => maySee(screen, rightsOf(scopes)));
  expect(seen('classify')).toEqual(['try', 'projections', 'environments', 'batches']);
  expect(seen('keys:manage')).toEqual(['account']);
  expect(seen('datasets', 'projections')).toEqual(['fit', 'projections', 'environments']);
  expect(screens.filter((screen) => maySee(screen, rightsOf(undefined)))).toEqual([...screens]);
});
