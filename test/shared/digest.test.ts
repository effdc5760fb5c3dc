import { expect, test } from 'vitest';
import { fromHex, toHex } from '#shared/digest.ts';
import { fc } from '../support/properties.ts';

test('bytes come back from their hexadecimal text, in either case', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      const text = toHex(bytes);
      expect(fromHex(text)).toEqual(bytes);
      expect(fromHex(text.toUpperCase())).toEqual(bytes);
    }),
  );
});

test.each(['a', 'ag', 'g0', '0x', ' 0', '0é', '0\u0100', '\ud83d\ude00', '::', '//'])(
  '%j is no hexadecimal text',
  (text) => expect(fromHex(text)).toBeUndefined(),
);
