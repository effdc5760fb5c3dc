// The container that artefacts, statistics and encoded batches share: what is written is read, and damage is named.

import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { decodeContainer, encodeContainer } from '#shared/codec/container.ts';

const schema = z.object({ title: z.string() });

const blocks = [
  { name: 'a', shape: [2, 3], data: new Float32Array([1, 2, 3, 4, 5, 6]) },
  { name: 'b', shape: [3], data: new Uint8Array([7, 8, 9]) },
  { name: 'c', shape: [2], data: new Float64Array([Math.PI, -0]) },
  { name: 'd', shape: [3], data: new Float16Array([0.5, -2, 65504]) },
  { name: 'e', shape: [0, 4], data: new Int32Array(0) },
];

const write = () => encodeContainer({ kind: 'icm', header: { title: 'tïtle' }, blocks });

describe('container', () => {
  it('reads back every block and the header, also from an unaligned Buffer', async () => {
    const bytes = await write();
    const shifted = Buffer.concat([Buffer.from([0]), bytes]).subarray(1);
    const decoded = await decodeContainer(shifted, { kind: 'icm', schema });
    if (!decoded.ok) throw new Error(decoded.error.detail);
    expect(decoded.value.header.title).toBe('tïtle');
    for (const { name, data } of blocks) expect(decoded.value.blocks.get(name)).toEqual(data);
  });

  it('starts every block on a multiple of 8', async () => {
    const bytes = await write();
    const headerByteLength = new DataView(bytes.buffer).getUint32(8, true);
    const start = Math.ceil((12 + headerByteLength) / 8) * 8;
    expect(bytes.subarray(start, start + 24)).toEqual(
      new Uint8Array(new Float32Array([1, 2, 3, 4, 5, 6]).buffer),
    );
    expect(bytes.subarray(start + 24, start + 32)).toEqual(new Uint8Array([7, 8, 9, 0, 0, 0, 0, 0]));
  });

  it('refuses a file with any one byte changed, and any file cut short', async () => {
    const bytes = await write();
    for (let i = 0; i < bytes.length; i += 7) {
      const damaged = bytes.slice();
      damaged[i] = (damaged[i] ?? 0) ^ 0x10;
      const decoded = await decodeContainer(damaged, { kind: 'icm', schema });
      expect(decoded).toMatchObject({ ok: false, error: { code: 'invalid-artefact' } });
      expect((await decodeContainer(bytes.subarray(0, i), { kind: 'icm', schema })).ok).toBe(false);
    }
  });

  it('names another kind, a missing header field and a value that is not finite', async () => {
    const detail = async (bytes: Uint8Array, kind: 'icm' | 'stats', as: z.ZodType = schema) => {
      const decoded = await decodeContainer(bytes, { kind, schema: as });
      return decoded.ok ? 'read' : decoded.error.detail;
    };
    expect(await detail(await write(), 'stats')).toContain('does not begin as one');
    expect(await detail(await write(), 'icm', z.object({ model: z.string() }))).toContain('model');
    const infinite = [{ name: 'x', shape: [1], data: new Float32Array([Number.POSITIVE_INFINITY]) }];
    const bytes = await encodeContainer({ kind: 'icm', header: { title: '' }, blocks: infinite });
    expect(await detail(bytes, 'icm')).toContain('not finite');
  });

  it('throws where a shape does not hold its data', async () => {
    const wrong = [{ name: 'x', shape: [2, 2], data: new Float32Array(3) }];
    await expect(encodeContainer({ kind: 'icm', header: {}, blocks: wrong })).rejects.toThrow(RangeError);
  });
});
