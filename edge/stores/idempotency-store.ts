// Answers kept for replay, in D1. A row is claimed by whoever inserts it first; the unique id is what makes two requests
// at once do the work once. Knows nothing of what is in an answer.

import type { D1Database } from '@cloudflare/workers-types';

export type Claim = {
  readonly id: string;
  /** `undefined` for the administrator's. */
  readonly tenantId: string | undefined;
  readonly requestHash: string;
  readonly holder: string;
  readonly nowMs: number;
  readonly leaseMs: number;
  readonly keepMs: number;
};

export type ClaimOutcome =
  | { readonly state: 'claimed' }
  | { readonly state: 'running'; readonly requestHash: string }
  | { readonly state: 'done'; readonly requestHash: string; readonly answer: Uint8Array };

export type IdempotencyStore = {
  /** Takes the row unless it is finished and unexpired, or another's whose lease still runs. */
  readonly claim: (claim: Claim) => Promise<ClaimOutcome>;
  readonly complete: (id: string, holder: string, answer: Uint8Array) => Promise<void>;
  readonly release: (id: string, holder: string) => Promise<void>;
  readonly purge: (nowMs: number) => Promise<void>;
};

type Row = { request_hash: string; answer: number[] | null };

export function createIdempotencyStore(db: D1Database): IdempotencyStore {
  return {
    claim: async ({ id, tenantId, requestHash, holder, nowMs, leaseMs, keepMs }) => {
      const taken = await db
        .prepare(
          `INSERT INTO idempotency (id, request_hash, holder, lease_until, expires_at, tenant_id)
             VALUES (?1, ?2, ?3, ?4, ?5, ?7)
           ON CONFLICT (id) DO UPDATE SET request_hash = ?2, holder = ?3, lease_until = ?4, expires_at = ?5, answer = NULL
           WHERE expires_at <= ?6 OR (answer IS NULL AND lease_until <= ?6) RETURNING id`,
        )
        .bind(id, requestHash, holder, nowMs + leaseMs, nowMs + keepMs, nowMs, tenantId ?? null)
        .first();
      if (taken !== null) return { state: 'claimed' };
      const row = await db
        .prepare('SELECT request_hash, answer FROM idempotency WHERE id = ?')
        .bind(id)
        .first<Row>();
      // Released between the two statements: the caller may try again.
      if (row === null) return { state: 'running', requestHash };
      if (row.answer === null) return { state: 'running', requestHash: row.request_hash };
      return { state: 'done', requestHash: row.request_hash, answer: Uint8Array.from(row.answer) };
    },
    complete: async (id, holder, answer) => {
      await db
        .prepare('UPDATE idempotency SET answer = ?3 WHERE id = ?1 AND holder = ?2')
        .bind(id, holder, answer)
        .run();
    },
    release: async (id, holder) => {
      await db
        .prepare('DELETE FROM idempotency WHERE id = ? AND holder = ? AND answer IS NULL')
        .bind(id, holder)
        .run();
    },
    purge: async (nowMs) => {
      await db.prepare('DELETE FROM idempotency WHERE expires_at <= ?').bind(nowMs).run();
    },
  };
}
