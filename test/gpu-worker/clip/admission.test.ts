// How much a worker takes on.

import { describe, expect, test } from 'vitest';
import { createAdmission } from '../../../gpu-worker/clip/admission.ts';

const overloaded = { ok: false, error: { code: 'worker-overloaded', retryAfterSeconds: 1 } };

describe('admission', () => {
  test('refuses beyond its limit, and takes again once there is room', () => {
    const admission = createAdmission(10, () => 0);
    const first = admission.admit('interactive', 6);
    expect(admission.admit('interactive', 5)).toMatchObject(overloaded);
    expect(admission.admit('interactive', 4).ok).toBe(true);
    expect(admission.depth()).toBe(10);
    if (first.ok) first.value.release();
    expect(admission.depth()).toBe(4);
    expect(admission.admit('interactive', 5).ok).toBe(true);
  });

  test('counts a request that is released twice once', () => {
    const admission = createAdmission(10, () => 0);
    const admitted = admission.admit('interactive', 6);
    admission.admit('interactive', 2);
    if (!admitted.ok) throw new Error('refused');
    admitted.value.release();
    admitted.value.release();
    expect(admission.depth()).toBe(2);
  });

  test('keeps half of its room free of bulk work', () => {
    const admission = createAdmission(10, () => 0);
    expect(admission.admit('bulk', 5).ok).toBe(true);
    expect(admission.admit('bulk', 1)).toMatchObject(overloaded);
    expect(admission.admit('interactive', 5).ok).toBe(true);
  });

  test('takes a request larger than the limit when nothing else is there', () => {
    const admission = createAdmission(2, () => 0);
    expect(admission.admit('interactive', 50).ok).toBe(true);
    expect(admission.admit('interactive', 1)).toMatchObject(overloaded);
    expect(admission.admit('bulk', 1)).toMatchObject(overloaded);
  });

  test('tells the age of the oldest request', () => {
    let nowMs = 100;
    const admission = createAdmission(10, () => nowMs);
    expect(admission.oldestMs(nowMs)).toBe(0);
    const first = admission.admit('interactive', 1);
    nowMs = 400;
    admission.admit('interactive', 1);
    expect(admission.oldestMs(500)).toBe(400);
    if (first.ok) first.value.release();
    expect(admission.oldestMs(500)).toBe(100);
  });

  test('keeps room for the first request of another tenant, and half of all from then on', () => {
    let nowMs = 0;
    const admission = createAdmission(16, () => nowMs);
    const attacker = { tag: 'a', weight: 1 };
    const other = { tag: 'b', weight: 1 };
    const held = Array.from({ length: 9 }, () => admission.admit('interactive', 2, attacker));
    expect(held.filter(({ ok }) => ok)).toHaveLength(7);
    const release = (index: number) => {
      const admitted = held[index];
      if (admitted?.ok) admitted.value.release();
    };
    const first = admission.admit('interactive', 2, other);
    expect(first.ok).toBe(true);
    for (const index of [0, 1, 2]) release(index);
    expect(admission.admit('interactive', 2, attacker).ok).toBe(false);
    release(3);
    expect(admission.admit('interactive', 2, attacker).ok).toBe(true);
    // Nobody else has come for a while.
    nowMs = 60_000;
    expect(admission.admit('interactive', 2, attacker).ok).toBe(true);
  });

  test('lets one tenant do all bulk work until another wants some', () => {
    let nowMs = 0;
    const admission = createAdmission(16, () => nowMs);
    const one = { tag: 'a', weight: 1 };
    const other = { tag: 'b', weight: 1 };
    const held = Array.from({ length: 4 }, () => admission.admit('bulk', 2, one));
    expect(held.every(({ ok }) => ok)).toBe(true);
    const release = (index: number) => {
      const admitted = held[index];
      if (admitted?.ok) admitted.value.release();
    };
    expect(admission.admit('bulk', 2, other).ok).toBe(false);
    release(0);
    // What has become free is for whoever was refused.
    expect(admission.admit('bulk', 2, one).ok).toBe(false);
    expect(admission.admit('bulk', 2, other).ok).toBe(true);
    release(1);
    nowMs = 60_000;
    expect(admission.admit('bulk', 2, one).ok).toBe(true);
  });
});
