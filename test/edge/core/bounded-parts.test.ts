// The parts that keep bodies and answers within bounds, each by itself.

import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { appError } from '#shared/app-error.ts';
import { createBoundsCheck } from '#shared/bounds.ts';
import { jsonBounds, scanJson } from '#shared/scan-json.ts';
import { declaredLength } from '../../../edge/http/body/body-headers.ts';
import { parseMultipart } from '../../../edge/http/body/multipart.ts';
import { parseJson } from '../../../edge/http/body/parse-json.ts';
import { readBytes } from '../../../edge/http/body/read-body.ts';
import { unpackGzip } from '../../../edge/http/body/unpack.ts';
import { jsonBody, jsonPieces } from '../../../edge/http/json-body.ts';
import { routeName } from '../../../edge/http/route.ts';
import { createByteBudget, isolateBodies } from '../../../edge/limits/byte-budget.ts';
import { routeTable } from '../../../edge/routes/route-table.ts';
import { type ArchiveSources, uploadArchive } from '../../../edge/use-cases/upload-archive.ts';
import { fc } from '../../support/properties.ts';
import { rawTar, tarEnd } from '../../support/raw-tar.ts';

const mebibyte = 2 ** 20;
const bytesOf = (text: string) => new TextEncoder().encode(text);

describe('a look at JSON', () => {
  test('finds no fault with what contracts may hold', () => {
    fc.assert(fc.property(fc.json({ maxDepth: 6 }), (text) => scanJson(bytesOf(text)) === undefined));
  });

  test('counts depth, keys, elements and bytes outside strings only', () => {
    const inString = JSON.stringify({ a: '[[{{,:'.repeat(5000), b: '\\"[', c: 'x\\' });
    expect(scanJson(bytesOf(inString))).toBeUndefined();
    const nested = (depth: number) => bytesOf('['.repeat(depth) + ']'.repeat(depth));
    expect(scanJson(nested(jsonBounds.maxDepth))).toBeUndefined();
    expect(scanJson(nested(jsonBounds.maxDepth + 1))).toMatchObject({ code: 'invalid-request' });
    const elements = (count: number) => bytesOf(JSON.stringify(new Array(count).fill(0)));
    expect(scanJson(elements(jsonBounds.maxElements))).toBeUndefined();
    expect(scanJson(elements(jsonBounds.maxElements + 1))).toMatchObject({ code: 'invalid-request' });
    const keys = (count: number, length: number) => {
      const named = Array.from({ length: count }, (_, index) => [String(index).padEnd(length, '-'), 0]);
      return bytesOf(JSON.stringify(Object.fromEntries(named)));
    };
    expect(scanJson(keys(jsonBounds.maxKeys, 100))).toBeUndefined();
    expect(scanJson(keys(jsonBounds.maxKeys + 1, 100))).toMatchObject({ code: 'invalid-request' });
    // So few bytes are cheap in any shape: their contract refuses them.
    expect(scanJson(keys(jsonBounds.maxKeys + 1, 4))).toBeUndefined();
  });

  test('comes before the text is looked at, whatever bytes stand in it', async () => {
    const deep = Uint8Array.of(0xff, ...bytesOf('['.repeat(jsonBounds.maxDepth + 1)));
    expect(await parseJson(deep)).toMatchObject({ ok: false, error: { code: 'invalid-request' } });
    expect(await parseJson(deep.subarray(0, -1))).toMatchObject({
      ok: false,
      error: { code: 'malformed-request' },
    });
    expect(await parseJson(bytesOf('\ufeff{"a":"\ufffd["}'))).toEqual({ ok: true, value: { a: '\ufffd[' } });
  });

  test('does not fail on what is no JSON', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void scanJson(bytes)));
    for (const text of ['"', '"\\', '"\\"', ']]]]', '{"a":"']) void scanJson(bytesOf(text));
  });
});

describe('bounds of a contract', () => {
  const check = createBoundsCheck(
    z.object({
      names: z.array(z.string().max(5)).max(2).optional(),
      either: z.union([z.string().max(3), z.array(z.object({ x: z.string().max(1) })).max(2)]).optional(),
      shared: z
        .union([z.object({ a: z.string().max(1) }), z.object({ a: z.string(), b: z.int() })])
        .optional(),
    }),
  );

  test('are found wherever they are, with the place', () => {
    expect(check({ names: ['a', 'b', 'c'] })).toEqual({
      path: ['names'],
      message: 'has more than 2 elements',
    });
    expect(check({ names: ['x'.repeat(11)] })).toMatchObject({ path: ['names', 0] });
    expect(check({ either: 'x'.repeat(7) })).toMatchObject({ path: ['either'] });
    expect(check({ either: [{ x: 'xxx' }] })).toMatchObject({ path: ['either', 0, 'x'] });
  });

  test('are not taken from one branch of a union for another', () => {
    expect(check({ shared: { a: 'long enough', b: 1 } })).toBeUndefined();
  });

  test('leave everything else to the contract', () => {
    for (const value of [undefined, null, 3, 'x', [], { names: 3 }, { names: [{}] }])
      expect(check(value)).toBeUndefined();
  });
});

describe('every contract of a request', () => {
  const schemas = routeTable.flatMap((route) =>
    [route.params, route.query, route.body].flatMap((schema) =>
      schema === undefined ? [] : [[routeName(route), schema] as const],
    ),
  );

  test.each(schemas)('of %s bounds each of its texts and lists', (_name, schema) => {
    expect(unbounded(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }), '')).toEqual([]);
  });

  type Schema = { readonly [key: string]: unknown };

  function unbounded(schema: Schema, at: string): string[] {
    const branches = [schema.anyOf, schema.oneOf].flatMap((list) => (Array.isArray(list) ? list : []));
    const inner = [
      ...branches.flatMap((branch) => unbounded(branch, at)),
      ...Object.entries((schema.properties ?? {}) as Record<string, Schema>).flatMap(([name, property]) =>
        unbounded(property, `${at}/${name}`),
      ),
      ...(schema.items === undefined ? [] : unbounded(schema.items as Schema, `${at}/*`)),
    ];
    if (schema.type === 'array' && schema.maxItems === undefined && schema.prefixItems === undefined)
      inner.push(at);
    const isFixed = schema.enum !== undefined || schema.const !== undefined || schema.maxLength !== undefined;
    if (schema.type === 'string' && !isFixed && !isBounded(schema.pattern)) inner.push(at);
    return inner;
  }

  /** A pattern from beginning to end, without anything that repeats at will. */
  function isBounded(pattern: unknown): boolean {
    return typeof pattern === 'string' && /^\^.*\$$/s.test(pattern) && !/[^\\][*+]|,\}/.test(pattern);
  }
});

describe('the budget of bodies', () => {
  const make = () => {
    let nowMs = 0;
    const budget = createByteBudget({
      maxBytes: 100,
      maxBytesOfOwner: 80,
      waitMs: 300,
      forgottenAfterMs: 1000,
      now: () => nowMs,
      sleep: async (durationMs) => {
        nowMs += durationMs;
      },
    });
    const pass = (durationMs: number) => {
      nowMs += durationMs;
    };
    return { budget, pass };
  };

  test('has no room for a request that is over, also where it was waiting for some', async () => {
    const { budget } = make();
    const [other, mine] = [budget.open('b'), budget.open('a')];
    other.tryTake(60);
    const waiting = mine.take(60);
    mine.close();
    other.close();
    expect([await waiting, mine.tryTake(1)]).toEqual([false, false]);
    expect(budget.open('c').tryTake(80)).toBe(true);
  });

  test('is never overdrawn, and one caller leaves some of it to others', () => {
    const { budget } = make();
    const mine = budget.open('a');
    expect(mine.tryTake(80)).toBe(true);
    expect(budget.open('a').tryTake(1)).toBe(false);
    expect(budget.open('b').tryTake(20)).toBe(true);
    expect(budget.open('c').tryTake(1)).toBe(false);
    mine.giveBack(10);
    expect(budget.open('c').tryTake(10)).toBe(true);
  });

  test('makes one who finds no room wait, and gives up after a while', async () => {
    const { budget } = make();
    const first = budget.open('a');
    await first.take(80);
    expect(await budget.open('a').take(1)).toBe(false);
    first.close();
    expect(await budget.open('a').take(80)).toBe(true);
  });

  test('gets back what a request held that ended without a word, once', () => {
    const { budget, pass } = make();
    const gone = budget.open('a');
    gone.tryTake(80);
    pass(1001);
    expect(budget.open('b').tryTake(80)).toBe(true);
    gone.close();
    gone.giveBack(80);
    expect(budget.open('c').tryTake(21)).toBe(false);
  });
});

describe('a body with a length beside it', () => {
  const kibibyte = 1024;
  const make = (declared: number, sent: number) =>
    new Request('http://edge.example/', {
      method: 'POST',
      headers: { 'content-length': String(declared) },
      body: new Blob([new Uint8Array(sent)]).stream(),
      duplex: 'half',
    } as RequestInit);
  const budget = () =>
    createByteBudget({
      maxBytes: 100 * kibibyte,
      maxBytesOfOwner: 100 * kibibyte,
      waitMs: 0,
      forgottenAfterMs: 1000,
      now: () => 0,
      sleep: async () => undefined,
    });
  const read = async (request: Request, maxBytes: number, bodies = budget()) => {
    const share = {
      ...bodies.open('a'),
      enter: () => undefined,
      beforeWork: () => undefined,
      turn: async () => () => undefined,
    };
    const result = await readBytes({ request, declared: declaredLength(request) }, maxBytes, share);
    return result.ok ? result.value.length : result.error.code;
  };

  test('is what came, and more than may come is refused', async () => {
    expect(await read(make(10, 10), kibibyte)).toBe(10);
    expect(await read(make(10, 500), kibibyte)).toBe(500);
    expect(await read(make(10, kibibyte + 1), kibibyte)).toBe('payload-too-large');
    expect(await read(make(kibibyte + 1, 1), kibibyte)).toBe('payload-too-large');
  });

  test('takes room for what came beyond what is free', async () => {
    const bodies = budget();
    const [mine, other] = [bodies.open('b'), bodies.open('c')];
    expect(await read(make(10, 300 * kibibyte), 1000 * kibibyte, bodies)).toBe(300 * kibibyte);
    expect(mine.tryTake(57 * kibibyte)).toBe(false);
    expect(mine.tryTake(56 * kibibyte)).toBe(true);
    expect(await read(make(10, 300 * kibibyte), 1000 * kibibyte, bodies)).toBe('busy');
    expect(other.tryTake(kibibyte)).toBe(false);
  });

  test('that breaks off is the caller’s fault', async () => {
    const broken = new Request('http://edge.example/', {
      method: 'POST',
      headers: { 'content-length': '10' },
      body: new ReadableStream({ pull: (controller) => controller.error(new Error('gone')) }),
      duplex: 'half',
    } as RequestInit);
    expect(await read(broken, kibibyte)).toBe('malformed-request');
  });
});

describe('a long JSON body', () => {
  const send = async (text: string, headers: Readonly<Record<string, string>>, packed: boolean) => {
    let taken = 0;
    const turns: string[] = [];
    const share = {
      ...createByteBudget(isolateBodies).open('a'),
      enter: () => undefined,
      beforeWork: () => undefined,
      take: async (bytes: number) => {
        taken += bytes;
        return true;
      },
      turn: async (kind: string) => {
        turns.push(`${kind} begins`);
        return () => void turns.push(`${kind} ends`);
      },
    };
    const bytes = packed ? gzipSync(text) : bytesOf(text);
    const body = inChunks(bytes);
    const init = { method: 'POST', headers, body, duplex: 'half' };
    const request = new Request('http://edge/', init);
    return {
      read: await readBytes({ request, declared: declaredLength(request) }, 64 * mebibyte, share, scanJson),
      taken,
      turns,
    };
  };
  const inChunks = (bytes: Uint8Array) => {
    let at = 0;
    return new ReadableStream<Uint8Array>({
      pull(controller) {
        if (at < bytes.length) controller.enqueue(bytes.slice(at, at + 65_536));
        else controller.close();
        at += 65_536;
      },
    });
  };
  const gzip = { 'content-encoding': 'gzip' };
  const spaces = ' '.repeat(48 * mebibyte);

  test('is refused by its beginning, packed or not, and no more of it is held', async () => {
    for (const packed of [true, false]) {
      const { read, taken } = await send(spaces, packed ? gzip : {}, packed);
      expect(read).toMatchObject({ ok: false, error: { code: 'payload-too-large' } });
      expect(taken).toBeLessThan(5 * mebibyte);
    }
  });

  test('is unpacked beyond what is small in turn with the others of its tenant, and so is no other', async () => {
    const large = ' '.repeat(mebibyte);
    expect((await send(large, gzip, true)).turns).toEqual(['unpack begins', 'unpack ends']);
    expect((await send(spaces, gzip, true)).turns).toEqual(['unpack begins', 'unpack ends']);
    expect((await send(' '.repeat(1000), gzip, true)).turns).toEqual([]);
    expect((await send(large, {}, false)).turns).toEqual([]);
  });

  test('is unpacked no further than it is read', async () => {
    let sent = 0;
    const piece = gzipSync(Buffer.alloc(64 * mebibyte), { level: 9 });
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += piece.length;
        controller.enqueue(new Uint8Array(piece));
      },
    });
    const reader = unpackGzip(endless, async () => undefined).getReader();
    let read = 0;
    while (read < 8 * mebibyte) read += (await reader.read()).value?.length ?? 0;
    await reader.cancel();
    // Node unpacks beside us, and on a busy machine late: a few turns may pass in which more is given to it.
    expect(sent).toBeLessThanOrEqual(32 * piece.length);
  });

  test('that is not what its coding says is read to its end all the same, so that its caller sees the answer', async () => {
    let left = 100;
    const noise = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (left-- === 0) controller.close();
        else controller.enqueue(new Uint8Array(64 * 1024).fill(left));
      },
    });
    const init = { method: 'POST', body: noise, headers: gzip, duplex: 'half' };
    const request = new Request('http://edge/', init);
    const share = {
      take: async () => true,
      enter: () => undefined,
      beforeWork: () => undefined,
      turn: async () => () => undefined,
    };
    const read = await readBytes({ request, declared: undefined }, 20 * mebibyte, share);
    expect(read).toMatchObject({ ok: false, error: { code: 'malformed-request' } });
    expect(left).toBe(-1);
  });

  test('with a picture in it is taken whole, wherever the look at its beginning cuts it', async () => {
    const text = JSON.stringify({ inputs: [{ image: 'A'.repeat(9 * mebibyte) }, 'x'.repeat(mebibyte)] });
    const { read } = await send(text, gzip, true);
    expect(read.ok && read.value.length).toBe(text.length);
  });
});

describe('an archive', () => {
  const png = (bytes: number) => `\u0089PNG\r\n\u001a\n${'x'.repeat(bytes - 8)}`;
  const target = { tenantId: 't', datasetId: 'd', maxStoredBytes: 1e9, nowMs: 0 };
  const tarOf = (sizes: readonly number[]) =>
    rawTar(
      ...sizes.map((size, index) => ({
        name: `e/c/${index}.png`,
        data: Buffer.from(png(size), 'latin1'),
      })),
      tarEnd,
    );
  const sourcesWith = (allowance: ArchiveSources['allowance'], added: number[]) =>
    ({
      maxPictureBytes: 900,
      breathe: async () => undefined,
      allowance,
      newItemId: () => 'itm',
      pictureKey: () => 'key',
      objects: { put: async () => undefined, remove: async () => undefined },
      items: {
        lookUp: async () => ({ pictures: new Map(), items: new Map(), isFullOfNames: false }),
        add: async (
          _tenant: string,
          _dataset: string,
          { items }: { items: readonly { bytes: number }[] },
        ) => {
          added.push(...items.map(({ bytes }) => bytes));
          return { added: items.map(() => true), lost: [], unused: [] };
        },
      },
    }) as unknown as ArchiveSources;

  test('holds no more than its allowance, and nothing while it waits for more', async () => {
    let held = 0;
    let most = 0;
    const allowance = {
      tryTake: (bytes: number) => {
        if (held + bytes > 1000) return false;
        held += bytes;
        most = Math.max(most, held);
        return true;
      },
      take: async (bytes: number) => allowance.tryTake(bytes),
      giveBack: (bytes: number) => {
        held -= bytes;
      },
      beforeWork: () => undefined,
    };
    const added: number[] = [];
    const sizes = [400, 500, 300, 900, 100];
    const source = new Blob([tarOf(sizes)]).stream();
    const result = await uploadArchive(source, target, sourcesWith(allowance, added));
    expect(result).toMatchObject({ ok: true, value: { added: 5, skipped: [] } });
    expect(added).toEqual(sizes);
    expect(most).toBeLessThanOrEqual(1000);
    expect(held).toBe(0);
  });

  test('pays for its rows before they are added, and says what was taken where no more can be', async () => {
    const asked: number[] = [];
    const allowance = {
      tryTake: () => true,
      take: async () => true,
      giveBack: () => undefined,
      beforeWork: async (ms: number) => {
        asked.push(ms);
        return asked.length === 2 ? appError('busy', 'Too many are under way.') : undefined;
      },
    };
    const added: number[] = [];
    const sizes = Array.from({ length: 600 }, (_, index) => 20 + index);
    const source = new Blob([tarOf(sizes)]).stream();
    const result = await uploadArchive(source, target, sourcesWith(allowance, added));
    expect(added).toEqual(sizes.slice(0, 256));
    expect(asked[0]).toBeGreaterThan(1);
    const detail =
      'Too many are under way. Of what came before, 256 were added and 0 were there already; they stay.';
    expect(result).toMatchObject({ ok: false, error: { code: 'busy', detail } });
  });
});

describe('a long answer', () => {
  test('says in pieces what JSON.stringify says', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        expect([...jsonPieces(value)].join('')).toBe(JSON.stringify(value));
      }),
    );
    const large = {
      absent: undefined,
      rows: Array.from({ length: 3000 }, (_, row) => ({
        row,
        values: [row / 7, -row],
        gone: undefined,
        word: 'ä"\\',
      })),
      flat: Array.from({ length: 9000 }, (_, index) => index),
      deep: { deeper: Array.from({ length: 5000 }, (_, index) => `${index}`) },
    };
    const pieces = [...jsonPieces(large)];
    expect(pieces.join('')).toBe(JSON.stringify(large));
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(200_000);
  });

  test('is a stream, and a short one is text', async () => {
    expect(jsonBody({ a: 1 })).toBe('{"a":1}');
    const long = Array.from({ length: 100_000 }, (_, index) => index);
    const body = jsonBody(long);
    expect(body).toBeInstanceOf(ReadableStream);
    expect(await new Response(body).text()).toBe(JSON.stringify(long));
  });

  test('is whole where a character does not fit into what is left of a chunk', async () => {
    const words = Array.from({ length: 40_000 }, (_, index) => `${'x'.repeat(index % 5)}ä€😀`);
    const longWord = '😀'.repeat(60_000);
    const body = jsonBody([...words, longWord]);
    const bytes = new Uint8Array(await new Response(body).arrayBuffer());
    expect(new TextDecoder('utf-8', { fatal: true }).decode(bytes)).toBe(
      JSON.stringify([...words, longWord]),
    );
  });
});

describe('a form', () => {
  const value = fc.string({ unit: 'binary', maxLength: 60 }).filter((text) => text.isWellFormed());
  const name = fc.string({ minLength: 1, maxLength: 20 }).filter((text) => !/["\\%\r\n]/.test(text));

  test('gives back what the platform writes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ name, value, isFile: fc.boolean() }), { maxLength: 5 }),
        async (fields) => {
          const form = new FormData();
          for (const { name, value, isFile } of fields) {
            form.append(name, isFile ? new File([value], 'a file.png') : value.replaceAll(/[\r\n]/g, ''));
          }
          const response = new Response(form);
          const contentType = response.headers.get('content-type') ?? '';
          const parsed = await parseMultipart(new Uint8Array(await response.arrayBuffer()), contentType, 10);
          const parts = parsed.ok ? parsed.value : [];
          expect(
            parts.map((part) => ({
              ...part,
              bytes: new TextDecoder('utf-8', { ignoreBOM: true }).decode(part.bytes),
            })),
          ).toEqual(
            fields.map(({ name, value, isFile }) => ({
              name,
              filename: isFile ? 'a file.png' : undefined,
              bytes: isFile ? value : value.replaceAll(/[\r\n]/g, ''),
            })),
          );
        },
      ),
      { numRuns: 100 },
    );
  });

  test('of any bytes is parsed or refused', async () => {
    const piece = fc.constantFrom(
      '--b',
      '\r\n',
      '--',
      'content-disposition: form-data; name="a"',
      'x',
      '\r\n--b',
      ' ',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 30 }), async (pieces) => {
        const parsed = await parseMultipart(bytesOf(pieces.join('')), 'multipart/form-data; boundary=b', 10);
        if (!parsed.ok) expect(['malformed-request', 'invalid-request']).toContain(parsed.error.code);
      }),
      { numRuns: 300 },
    );
  });
});
