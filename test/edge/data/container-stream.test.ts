// The stream reader's view of a file's start. It reads by the same layout as the reader of whole files.

import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { decodeContainer, encodeContainer } from '#shared/codec/container.ts';
import { maxHeaderBytes } from '#shared/codec/container-layout.ts';
import { DamagedContainer, HeaderCollector } from '../../../edge/clients/container-stream.ts';

const write = () => encodeContainer({ kind: 'stats', header: { title: 'sums' }, blocks: [] });

async function writeWith(offset: number, value: number): Promise<Uint8Array> {
  const bytes = await write();
  new DataView(bytes.buffer).setUint32(offset, value, true);
  return bytes;
}

describe('the start of a container that is streamed', () => {
  test('gives the header, however it is cut', async () => {
    const collector = new HeaderCollector('stats');
    for (const byte of await write()) collector.add(Uint8Array.of(byte));
    expect(collector.header).toMatchObject({ title: 'sums' });
  });

  test.each([
    ['another version', 4, 99, 'version is 99'],
    ['a header longer than is parsed', 8, maxHeaderBytes.stats + 1, 'too long'],
    ['another kind', 0, 0x504d_4349, 'does not begin'],
  ])('is refused for %s, as by the reader of whole files', async (_, offset, value, reason) => {
    const bytes = await writeWith(offset, value);
    const collector = new HeaderCollector('stats');
    expect(() => collector.add(bytes)).toThrow(DamagedContainer);
    expect(() => new HeaderCollector('stats').add(bytes)).toThrow(reason);
    const whole = await decodeContainer(bytes, { kind: 'stats', schema: z.object({}) });
    expect(whole.ok ? '' : whole.error.detail).toContain(reason);
  });
});
