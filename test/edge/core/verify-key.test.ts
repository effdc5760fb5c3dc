// How long an isolate goes on trusting a key, by a clock that the test holds.

import { expect, test } from 'vitest';
import type { KeyRecord, KeyTenant } from '../../../edge/stores/key-record.ts';
import { defaultLimits } from '../../../edge/stores/plan-limits.ts';
import { mintKey, type Peppers } from '../../../edge/use-cases/api-key.ts';
import { createKeyVerifier } from '../../../edge/use-cases/verify-key.ts';

const peppers: Peppers = ['a pepper of the length that is asked for'];
const tenant: KeyTenant = {
  id: 'ten_1',
  name: 'tenant',
  limits: defaultLimits,
  suspended: false,
};

const unexpected = async () => {
  throw new Error('the pepper has not changed');
};

async function setUp(change: Partial<KeyRecord> = {}) {
  const { key, ...minted } = await mintKey('dev', peppers);
  const stored: { key: KeyRecord | undefined; lookUps: number } = {
    key: {
      ...minted,
      tenantId: tenant.id,
      name: 'key',
      environment: 'dev',
      scopes: ['classify'],
      requestsPerMinute: undefined,
      disabled: false,
      createdAtMs: 0,
      expiresAtMs: undefined,
      revokedAtMs: undefined,
      rotatedTo: undefined,
      lastUsedAtMs: undefined,
      ...change,
    },
    lookUps: 0,
  };
  const findForVerification = async (wanted: string) => {
    stored.lookUps += 1;
    return stored.key?.id === wanted ? { key: stored.key, tenant } : undefined;
  };
  const usableIds = async () => {
    stored.lookUps += 1;
    return new Set(stored.key === undefined ? [] : [stored.key.id]);
  };
  const verifier = createKeyVerifier({
    keys: { findForVerification, rehash: unexpected, usableIds },
    environment: 'dev',
    peppers,
    ttlMs: 15_000,
    maxEntries: 10,
  });
  const accepts = async (nowMs: number) => (await verifier.verify(key, nowMs)).ok;
  return { stored, verifier, accepts, key };
}

test('asks the store once in the time it trusts a key', async () => {
  const { stored, accepts } = await setUp();
  for (const nowMs of [0, 1, 14_999]) expect(await accepts(nowMs)).toBe(true);
  expect(stored.lookUps).toBe(1);
  expect(await accepts(15_000)).toBe(true);
  expect(stored.lookUps).toBe(2);
});

test('refuses a key revoked elsewhere within 15 seconds, and one revoked here at once', async () => {
  const { stored, verifier, accepts } = await setUp();
  expect(await accepts(0)).toBe(true);
  if (stored.key !== undefined) stored.key = { ...stored.key, revokedAtMs: 1 };
  expect(await accepts(15_000)).toBe(false);
  const here = await setUp();
  expect(await here.accepts(0)).toBe(true);
  here.stored.key = undefined;
  here.verifier.forget(tenant.id);
  expect(await here.accepts(1)).toBe(false);
  verifier.forget('another tenant');
});

test('refuses a key from the millisecond of its expiry on, remembered or not', async () => {
  const { accepts } = await setUp({ expiresAtMs: 5_000 });
  expect(await accepts(4_999)).toBe(true);
  expect(await accepts(5_000)).toBe(false);
});

test('remembers a key that was wrong for a few seconds, as one that is wrong', async () => {
  const { key, verifier, stored, accepts } = await setUp();
  const forged = `${key.slice(0, -1)}${key.endsWith('0') ? '1' : '0'}`;
  for (const nowMs of [0, 1, 4_999]) expect((await verifier.verify(forged, nowMs)).ok).toBe(false);
  expect(stored.lookUps).toBe(1);
  expect((await verifier.verify(forged, 5_000)).ok).toBe(false);
  expect(stored.lookUps).toBe(2);
  expect(verifier.wasGood(forged)).toBe(false);
  expect(await accepts(5_000)).toBe(true);
  expect(verifier.wasGood(key)).toBe(true);
});

test('does not ask the store for what has not the form of a key', async () => {
  const { verifier, stored } = await setUp();
  for (const presented of ['', 'icm_dev_short', 'x'.repeat(10_000)]) {
    expect((await verifier.verify(presented, 0)).ok).toBe(false);
  }
  expect(stored.lookUps).toBe(0);
});

test('lets a key that was enabled here again in at once', async () => {
  const { stored, verifier, accepts } = await setUp({ disabled: true });
  expect(await accepts(0)).toBe(false);
  if (stored.key !== undefined) stored.key = { ...stored.key, disabled: false };
  verifier.forget(tenant.id);
  expect(await accepts(1)).toBe(true);
});

test('looks once in 10 seconds, for all that a tenant has open, whether its callers may go on', async () => {
  const { stored, verifier } = await setUp();
  const id = stored.key?.id ?? '';
  for (const nowMs of [0, 5_000, 9_999]) {
    expect(await verifier.isStillGood(tenant.id, id, nowMs)).toBe(true);
    expect(await verifier.isStillGood(tenant.id, 'key_other', nowMs)).toBe(false);
  }
  expect(stored.lookUps).toBe(1);
  stored.key = undefined;
  expect(await verifier.isStillGood(tenant.id, id, 10_000)).toBe(false);
  verifier.forget(tenant.id);
  expect(await verifier.isStillGood(tenant.id, id, 10_001)).toBe(false);
  expect(stored.lookUps).toBe(3);
});

test('keeps a key in use among more good ones than it may remember', async () => {
  const keys = await Promise.all(Array.from({ length: 12 }, () => mintKey('dev', peppers)));
  const lookUps: string[] = [];
  const { stored } = await setUp();
  const verifier = createKeyVerifier({
    keys: {
      async findForVerification(id) {
        lookUps.push(id);
        const own = keys.find((minted) => minted.id === id);
        return own && stored.key && { key: { ...stored.key, ...own }, tenant };
      },
      rehash: unexpected,
      usableIds: unexpected,
    },
    environment: 'dev',
    peppers,
    ttlMs: 15_000,
    maxEntries: 10,
  });
  const [busy] = keys;
  for (const { key } of keys) {
    await verifier.verify(key, 0);
    await verifier.verify(busy?.key ?? '', 0);
  }
  expect(lookUps.filter((id) => id === busy?.id)).toHaveLength(1);
});
