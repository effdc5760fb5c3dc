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
});
