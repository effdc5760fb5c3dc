import fc from 'fast-check';
import { packTar } from 'modern-tar';
import { expect, test } from 'vitest';
import { readTar } from '../../../edge/use-cases/read-tar.ts';

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

const read = (bytes: Uint8Array, size: number, maxFileBytes = 10_000) =>
  Array.fromAsync(readTar(inChunks(bytes, size), { maxFileBytes }));

test('gives back what another writer packed, however the stream is cut and however long the names are', async () => {
  const segment = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 120 });
  const name = fc
    .array(segment, { minLength: 1, maxLength: 3 })
    .map((parts) => `a${parts.join('/')}`)
    .filter((path) => !/[\0/]$|\0/.test(path) && path.isWellFormed());
  const file = fc.record({ name, bytes: fc.uint8Array({ maxLength: 2000 }) });
  await fc.assert(
    fc.asyncProperty(
      fc.array(file, { maxLength: 4 }),
      fc.integer({ min: 1, max: 5000 }),
      async (files, size) => {
        const entries = await read(await tarOf(files), size);
        expect(
          entries.map((entry) => entry.ok && [entry.value.path, [...(entry.value.bytes ?? [])]]),
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
  expect(entries.map((entry) => entry.ok && [entry.value.path, entry.value.bytes?.length])).toEqual([
    ['large', undefined],
    ['small', 10],
  ]);
});

test('says that a tar which breaks off, or is none, is not whole', async () => {
  const tar = await tarOf([{ name: 'file', bytes: new Uint8Array(2000) }]);
  for (const bytes of [tar.subarray(0, 1500), new Uint8Array(600).fill(65)]) {
    expect((await read(bytes, 512)).at(-1)).toMatchObject({
      ok: false,
      error: { code: 'malformed-request' },
    });
  }
});
