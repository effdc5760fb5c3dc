// Nonces are remembered as long as their signature could be used, and never forgotten early.

import { describe, expect, test } from 'vitest';
import { createNonceCache } from '../../../gpu-worker/middleware/nonce-cache.ts';

describe('a nonce cache', () => {
  test('knows a nonce until its signature has expired', () => {
    const cache = createNonceCache(10);
    expect(cache.remember('a', 1000, 0)).toBe('new');
    expect(cache.remember('a', 1000, 999)).toBe('seen');
    expect(cache.remember('a', 1000, 1000)).toBe('seen');
    expect(cache.remember('a', 2000, 1001)).toBe('new');
  });

  test('refuses new ones when full instead of forgetting old ones', () => {
    const cache = createNonceCache(2);
    cache.remember('a', 100, 0);
    cache.remember('b', 200, 0);
    expect(cache.remember('c', 300, 50)).toBe('full');
    expect(cache.remember('a', 100, 50)).toBe('seen');
    expect(cache.remember('c', 300, 101)).toBe('new');
  });
});
