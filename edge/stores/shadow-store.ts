// How often a candidate would have answered otherwise, in D1: counts by both labels, while that candidate is asked beside that
// version. Answers that agree are one count; '' is an answer that was withheld.

import type { D1Database } from '@cloudflare/workers-types';

/** Of a name, the version that answers and the one asked beside it. */
export type Shadowing = {
  readonly tenantId: string;
  readonly name: string;
  readonly version: number;
  readonly shadow: number;
};

/** Equal labels: they agree. */
export type ShadowCount = Shadowing & {
  readonly label: string;
  readonly shadowLabel: string;
  readonly answers: number;
};

export type ShadowSums = {
  readonly answers: number;
  readonly differing: number;
  /** The most frequent first. */
  readonly pairs: readonly Pick<ShadowCount, 'label' | 'shadowLabel' | 'answers'>[];
};

export type ShadowStore = {
  /** What is no longer asked is not counted. */
  add(counts: readonly ShadowCount[]): Promise<void>;
  read(shadowing: Shadowing, pairs: number): Promise<ShadowSums>;
  /** Of every version of the name. */
  remove(tenantId: string, name: string): Promise<void>;
};

/** Pairs of labels that are told apart; what comes after is counted together, under this for both labels. */
const maxPairs = 1000;
const others = '…';

export function createShadowStore(db: D1Database): ShadowStore {
  const mine = 'tenant_id = ?1 AND name = ?2 AND version = ?3 AND shadow = ?4';
  return {
    async add(counts) {
      if (counts.length === 0) return;
      const known = `(SELECT COUNT(*) FROM shadow_counts WHERE ${mine}) < ${maxPairs}
        OR EXISTS (SELECT 1 FROM shadow_counts WHERE ${mine} AND label = ?5 AND shadow_label = ?6)`;
      const statement = db.prepare(
        `INSERT INTO shadow_counts (tenant_id, name, version, shadow, label, shadow_label, answers)
         SELECT ?1, ?2, ?3, ?4, CASE WHEN ?5 = ?6 OR ${known} THEN ?5 ELSE '${others}' END,
           CASE WHEN ?5 = ?6 OR ${known} THEN ?6 ELSE '${others} ' END, ?7
         FROM aliases WHERE ${mine}
         ON CONFLICT (tenant_id, name, version, shadow, label, shadow_label) DO UPDATE SET answers = answers + ?7`,
      );
      await db.batch(
        counts.map(({ tenantId, name, version, shadow, label, shadowLabel, answers }) =>
          // One row for all that agree.
          label === shadowLabel
            ? statement.bind(tenantId, name, version, shadow, '', '', answers)
            : statement.bind(tenantId, name, version, shadow, label, shadowLabel, answers),
        ),
      );
    },
    async read({ tenantId, name, version, shadow }, pairs) {
      const [sums, most] = await db.batch<Record<string, string | number>>([
        db
          .prepare(
            `SELECT COALESCE(SUM(answers), 0) AS answers,
               COALESCE(SUM(CASE WHEN label <> shadow_label THEN answers END), 0) AS differing
             FROM shadow_counts WHERE ${mine}`,
          )
          .bind(tenantId, name, version, shadow),
        db
          .prepare(
            `SELECT label, TRIM(shadow_label) AS shadowLabel, answers FROM shadow_counts
             WHERE ${mine} AND label <> shadow_label ORDER BY answers DESC, label, shadow_label LIMIT ?5`,
          )
          .bind(tenantId, name, version, shadow, pairs),
      ]);
      const { answers = 0, differing = 0 } = (sums?.results[0] ?? {}) as Partial<ShadowSums>;
      return { answers, differing, pairs: (most?.results ?? []) as unknown as ShadowSums['pairs'] };
    },
    async remove(tenantId, name) {
      await db
        .prepare('DELETE FROM shadow_counts WHERE tenant_id = ? AND name = ?')
        .bind(tenantId, name)
        .run();
    },
  };
}
