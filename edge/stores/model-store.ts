// What the workers last said of each model, in D1, so that plain CLIP with known prototypes needs no worker.
// Shared by all tenants: it says nothing of any.

import type { D1Database } from '@cloudflare/workers-types';
import { type Scoring, softmaxScoring } from '#shared/contracts/model.ts';

export type ModelRecord = {
  readonly name: string;
  readonly revision: string;
  readonly embeddingDimension: number;
  readonly logitScale: number;
  readonly scoring: Scoring;
};

export type ModelStore = {
  /** As it was seen last. */
  find(name: string): Promise<ModelRecord | undefined>;
  save(model: ModelRecord, nowMs: number): Promise<void>;
};

type Row = {
  name: string;
  revision: string;
  embedding_dimension: number;
  logit_scale: number;
  /** Of sigmoid scoring; null for softmax. */
  logit_bias: number | null;
};

export function createModelStore(db: D1Database): ModelStore {
  return {
    async find(name) {
      const row = await db
        .prepare('SELECT * FROM models WHERE name = ? ORDER BY seen_at DESC LIMIT 1')
        .bind(name)
        .first<Row>();
      if (row === null) return undefined;
      const { revision, embedding_dimension: embeddingDimension, logit_scale: logitScale } = row;
      const scoring: Scoring =
        row.logit_bias === null ? softmaxScoring : { kind: 'sigmoid', logitBias: row.logit_bias };
      return { name, revision, embeddingDimension, logitScale, scoring };
    },
    async save({ name, revision, embeddingDimension, logitScale, scoring }, nowMs) {
      await db
        .prepare(
          `INSERT OR REPLACE INTO models (name, revision, embedding_dimension, logit_scale, logit_bias, seen_at)
           VALUES (?, ?, ?, ?, ?, ?)`,
        )
        .bind(name, revision, embeddingDimension, logitScale, biasOf(scoring), nowMs)
        .run();
    },
  };
}

function biasOf(scoring: Scoring): number | null {
  return scoring.kind === 'sigmoid' ? scoring.logitBias : null;
}
