import { packTar } from 'modern-tar';
import { describe, expect, test } from 'vitest';
import { readTar, type TarEntry } from '../../../edge/use-cases/tar/read-tar.ts';
import { fc } from '../../support/properties.ts';
import { paxRecord, rawTar, tarEnd } from '../../support/raw-tar.ts';

type File = { readonly name: string; readonly bytes: Uint8Array };

async function tarOf(files: readonly File[]): Promise<Uint8Array> {
  return packTar(files.map(({ name, bytes }) => ({ header: { name, size: bytes.length }, body: bytes })));
}

function inChunks(bytes: Uint8Array, size: number): ReadableStream<Uint8Array> {
  let offset = 0;
  return new ReadableStream({
    pull(controller) {
      if (offset >= bytes.length) controller.close();
      else controller.enqueue(bytes.subarray(offset, offset + size));
      offset += size;
    },
  });
}

const breathe = async () => undefined;
const admit = async () => true;

const read = (bytes: Uint8Array, size: number, maxFileBytes = 10_000) =>
  Array.fromAsync(readTar(inChunks(bytes, size), { maxFileBytes, breathe, admit }));

const bytesOf = (entry: TarEntry) => (entry.kind === 'file' ? entry.bytes : undefined);

const notWhole = { ok: false, error: { code: 'malformed-request' } };

/** Names, with what became of each. */
async function outcomes(tar: Uint8Array): Promise<string[]> {
  const entries = await read(tar, tar.length);
  return entries.map((entry) => (entry.ok ? `${entry.value.path}: ${entry.value.kind}` : entry.error.code));
}

test('gives back what another writer packed, however the stream is cut and however long the names are', async () => {
  const segment = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 120 });
  const name = fc
    .array(segment, { minLength: 1, maxLength: 3 })
    .map((parts) => `a${parts.join('/')}`)
    .filter((path) => !/\/$|\p{Cc}/u.test(path) && path.length < 1000 && path.isWellFormed());
  const file = fc.record({ name, bytes: fc.uint8Array({ maxLength: 2000 }) });
  await fc.assert(
    fc.asyncProperty(
      fc.array(file, { maxLength: 4 }),
      fc.integer({ min: 1, max: 5000 }),
      async (files, size) => {
        const entries = await read(await tarOf(files), size);
        expect(
          entries.map((entry) => entry.ok && [entry.value.path, [...(bytesOf(entry.value) ?? [])]]),
        ).toEqual(files.map(({ name: path, bytes }) => [path, [...bytes]]));
      },
    ),
    { numRuns: 40 },
  );
});

test('passes over a file beyond the cap and goes on', async () => {
  const tar = await tarOf([
    { name: 'large', bytes: new Uint8Array(3000) },
    { name: 'small', bytes: new Uint8Array(10) },
  ]);
  const entries = await read(tar, 700, 1000);
  expect(entries.map((entry) => entry.ok && [entry.value.path, bytesOf(entry.value)?.length])).toEqual([
    ['large', undefined],
    ['small', 10],
  ]);
});

describe('a tar that is not whole', () => {
  const whole = rawTar({ name: 'first', data: 'one' }, { name: 'second', data: 'x'.repeat(2000) }, tarEnd);
  const cuts = [
    { where: 'inside a header', length: 1024 + 100, said: 'it ends inside a header' },
    { where: 'inside a file', length: 1024 + 512 + 600, said: 'it ends inside a file' },
    { where: 'at a boundary', length: 1024, said: 'it lacks its end' },
    { where: 'before its end', length: whole.length - 1024, said: 'it lacks its end' },
    { where: 'in the middle of its end', length: whole.length - 512, said: 'it lacks its end' },
  ];

  test.each(cuts)('is refused where it breaks off $where, and that is said', async ({ length, said }) => {
    const entries = await read(whole.subarray(0, length), 512);
    expect(entries.at(-1)).toEqual({
      ok: false,
      error: { code: 'malformed-request', detail: `The archive is not a whole tar: ${said}.` },
    });
    expect(entries[0]).toMatchObject({ ok: true, value: { path: 'first' } });
  });

  test('is refused where it breaks off inside the records before a file', async () => {
    const records = rawTar({ name: 'pax', type: 'x', data: paxRecord(12, 'path=a/b') });
    const entries = await read(records.subarray(0, 512 + 5), 512);
    expect(entries).toMatchObject([{ error: { detail: expect.stringContaining('ends inside a header') } }]);
  });

  test('is refused where it is none', async () => {
    expect(await read(new Uint8Array(600).fill(65), 512)).toMatchObject([notWhole]);
    expect(await read(new Uint8Array(0), 512)).toMatchObject([notWhole]);
  });
});

test('goes on after a lone block of zeros', async () => {
  const tar = rawTar({ name: 'a', data: 'a' }, new Uint8Array(512), { name: 'b', data: 'b' }, tarEnd);
  expect(await outcomes(tar)).toEqual(['a: file', 'b: file']);
});

describe('pax records', () => {
  const withRecords = (data: string | Uint8Array) =>
    rawTar({ name: 'pax', type: 'x', data }, { name: 'file', data: 'x' }, tarEnd);

  test('name the file after them, and an empty one takes a name back', async () => {
    expect(await outcomes(withRecords(paxRecord(12, 'path=a/b')))).toEqual(['a/b: file']);
    const takenBack = paxRecord(12, 'path=a/b') + paxRecord(8, 'path=');
    expect(await outcomes(withRecords(takenBack))).toEqual(['file: file']);
  });

  const unsound = {
    'that do not advance': paxRecord(1, 'path=a').repeat(3),
    'shorter than their own length': paxRecord(3, 'path=a'),
    'of no length': paxRecord(0, 'path=a'),
    'of a negative length': paxRecord(-13, 'path=a'),
    'of a length in another notation': paxRecord('1e1', 'path=a'),
    'that reach past the end': paxRecord(99, 'path=a'),
    'that end in the middle of a line': paxRecord(9, 'path=a/b'),
    'without a sign between key and value': paxRecord(8, 'patha'),
    'without a space': '12345678901234567890',
    'that are zeros': new Uint8Array(50),
  };

  test.each(Object.entries(unsound))('%s are refused', async (_name, data) => {
    expect(await outcomes(withRecords(data))).toEqual(['malformed-request']);
  });

  test('are read once each, however many there are, and are capped', async () => {
    const many = paxRecord(12, 'path=a/b').repeat(15_000);
    expect(await outcomes(withRecords(many))).toEqual(['a/b: file']);
    expect(await outcomes(withRecords('1 '.repeat(100_000)))).toEqual(['malformed-request']);
    expect(await outcomes(withRecords(' '.repeat(300_000)))).toEqual(['malformed-request']);
  });

  test('never take the reader long, whatever their bytes', async () => {
    const digits = fc.constantFrom('1', '2', '9', '0', '-', ' ', '=', '\n', 'path', 'size', 'e');
    await fc.assert(
      fc.asyncProperty(fc.array(digits, { maxLength: 60 }), async (parts) => {
        const entries = await read(withRecords(parts.join('')), 512);
        expect(entries.length).toBeGreaterThan(0);
      }),
      { numRuns: 200 },
    );
  });
});

test('names links, devices, sparse files and odd names instead of dropping them, and passes over directories', async () => {
  const sparse = new Uint8Array(512);
  const tar = rawTar(
    { name: 'e/c/', type: '5' },
    { name: 'e/c/hard', type: '1' },
    { name: 'e/c/symbolic', type: '2', statedBytes: 700 },
    { name: 'e/c/pipe', type: '6' },
    { name: 'e/c/sparse', type: 'S', data: sparse },
    { name: 'pax', type: 'x', data: paxRecord(22, 'GNU.sparse.major=1') },
    { name: 'e/c/newer-sparse', data: 'x' },
    { name: 'e/c/bell\u0007', data: 'x' },
    { name: 'long', type: 'L', data: `e/${'x'.repeat(1000)}` },
    { name: 'e/c/too-long', data: 'x' },
    { name: 'e/c/plain', data: 'x' },
    tarEnd,
  );
  expect(await outcomes(tar)).toEqual([
    'e/c/hard: refused',
    'e/c/symbolic: refused',
    'e/c/pipe: refused',
    'e/c/sparse: refused',
    'e/c/newer-sparse: refused',
    'e/c/bell\u0007: refused',
    `e/${'x'.repeat(1000)}: refused`,
    'e/c/plain: file',
  ]);
});

test('is given up where there is no room for a file, before any of it is held', async () => {
  const tar = rawTar({ name: 'small', data: 'x' }, { name: 'large', data: 'x'.repeat(900) }, tarEnd);
  const asked: number[] = [];
  const few = async (byteLength: number) => {
    asked.push(byteLength);
    return byteLength < 100;
  };
  const source = inChunks(tar, tar.length);
  const entries = await Array.fromAsync(readTar(source, { maxFileBytes: 10_000, breathe, admit: few }));
  expect(entries).toMatchObject([{ ok: true }, { ok: false, error: { code: 'busy' } }]);
  expect(asked).toEqual([1, 900]);
});
