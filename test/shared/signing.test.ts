// Request signatures: what was signed is accepted for five minutes, and nothing else is.

import { describe, expect, it } from 'vitest';
import { signatureHeaders, signatureWindowMs, signRequest, verifyRequest } from '#shared/signing.ts';

const signed = {
  secret: 'a'.repeat(32),
  method: 'POST',
  path: '/v1/statistics?lane=bulk',
  contentSha256: '0'.repeat(64),
  nowMs: 1_800_000_000_000,
  nonce: 'nonce-nonce-nonce',
  context: { endpoint: 'https://worker.example', weight: '3' },
};

async function verify(changes: Partial<typeof signed> & { headers?: Record<string, string> } = {}) {
  const headers = new Headers({ ...(await signRequest(signed)), ...changes.headers });
  const request = { ...signed, ...changes };
  return verifyRequest({ ...request, secrets: ['b'.repeat(32), request.secret], headers });
}

describe('signing', () => {
  it('accepts its own signature, also beside another secret while one is rotated', async () => {
    expect(await verify()).toEqual({
      ok: true,
      value: {
        nonce: signed.nonce,
        contentSha256: signed.contentSha256,
        signedAtMs: signed.nowMs,
        context: signed.context,
        expiresAtMs: signed.nowMs + signatureWindowMs,
      },
    });
  });

  it.each([
    ['another method', { method: 'PUT' }],
    ['another path', { path: '/v1/statistics?lane=interactive' }],
    ['another secret', { secret: 'c'.repeat(32) }],
    ['a changed nonce', { headers: { [signatureHeaders.nonce]: 'another-nonce-here' } }],
    ['a changed content hash', { headers: { [signatureHeaders.contentSha256]: '1'.repeat(64) } }],
    ['a changed time', { headers: { [signatureHeaders.timestamp]: String(signed.nowMs + 1) } }],
    ['a changed context', { headers: { [signatureHeaders.context]: 'weight=100' } }],
    ['an unsigned context', { headers: { [signatureHeaders.contextSignature]: '' } }],
    ['a cut signature', { headers: { [signatureHeaders.signature]: 'abcd' } }],
    ['a malformed signature', { headers: { [signatureHeaders.signature]: 'zz' } }],
    ['a time that has passed', { nowMs: signed.nowMs + signatureWindowMs + 1 }],
    ['a time to come', { nowMs: signed.nowMs - signatureWindowMs - 1 }],
  ])('refuses %s', async (_, changes) => {
    expect(await verify(changes)).toMatchObject({ ok: false, error: { code: 'unauthenticated' } });
  });

  it('refuses the context of another request, and takes an edge of before that sends none', async () => {
    const another = await signRequest({ ...signed, nonce: 'another-nonce-here', context: { weight: '100' } });
    const names = [signatureHeaders.context, signatureHeaders.contextSignature];
    const borrowed = Object.fromEntries(names.map((name) => [name, another[name] ?? '']));
    expect(await verify({ headers: borrowed })).toMatchObject({ ok: false });
    const headers = new Headers(await signRequest(signed));
    for (const name of names) headers.delete(name);
    const request = { ...signed, secrets: [signed.secret], headers };
    expect(await verifyRequest(request)).toMatchObject({ ok: true, value: { context: {} } });
  });
});
