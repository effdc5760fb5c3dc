// Remembers nonces until their signature expires, up to a number. It never forgets one early: when full it says so.

export type NonceCache = {
  readonly remember: (nonce: string, expiresAtMs: number, nowMs: number) => 'new' | 'seen' | 'full';
};

export function createNonceCache(maxNonces: number): NonceCache {
  const expiries = new Map<string, number>();

  /** Nonces come in about the order they expire in, so the oldest go first; stragglers wait behind them. */
  function dropExpired(nowMs: number): void {
    for (const [nonce, expiresAtMs] of expiries) {
      if (expiresAtMs >= nowMs) return;
      expiries.delete(nonce);
    }
  }

  return {
    remember(nonce, expiresAtMs, nowMs) {
      dropExpired(nowMs);
      if (expiries.has(nonce)) return 'seen';
      if (expiries.size >= maxNonces) return 'full';
      expiries.set(nonce, expiresAtMs);
      return 'new';
    },
  };
}
