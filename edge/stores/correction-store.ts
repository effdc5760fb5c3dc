// Corrections in D1: what the right label of a picture is, with the embedding that was answered. Each takes bytes of the tenant's
// storage, like an item.

import type { D1Database, D1PreparedStatement } from '@cloudflare/workers-types';
import { itemRowBytes } from '#shared/contracts/limits.ts';
import { bytesFromBlob, hexOf } from './blob.ts';
import type { Page, PageRequest } from './cursor.ts';
import { newestFirst } from './newest-first.ts';
import { addStoredBytes } from './stored-bytes.ts';

export type CorrectionRecord = {
  readonly id: string;
  readonly name: string;
  readonly modelRevision: string;
  readonly sha256: string;
  readonly environment: string;
  readonly label: string;
  readonly answered: string | undefined;
  readonly createdAtMs: number;
};

export type NewCorrection = CorrectionRecord & { readonly embedding: Float32Array };

export type CorrectionStore = {
  /**
   * Those that are there after: what would go beyond `maxOfName` or the tenant's storage is not. The same picture again takes the
   * place of what was said of it, with another model too.
   */
  add(
    tenantId: string,
    corrections: readonly NewCorrection[],
    limits: { readonly maxOfName: number; readonly maxStoredBytes: number },
  ): Promise<readonly CorrectionRecord[]>;
  /** Newest first; of one name where it is given. */
  list(tenantId: string, page: PageRequest, name?: string): Promise<Page<CorrectionRecord>>;
  find(tenantId: string, id: string): Promise<CorrectionRecord | undefined>;
  /** False where it is not there. */
  remove(tenantId: string, id: string): Promise<boolean>;
  /** Of a name, by picture, with their embeddings. */
  all(tenantId: string, name: string): Promise<readonly NewCorrection[]>;
};

type Row = {
  id: string;
  name: string;
  model_revision: string;
  sha256: string;
  environment: string;
  label: string;
  answered: string | null;
  created_at: number;
};

const columns = 'id, name, model_revision, sha256, environment, label, answered, created_at';
const rowsAtOnce = 100;

export function createCorrectionStore(db: D1Database): CorrectionStore {
  return {
    async add(tenantId, corrections, limits) {
      await db.batch(corrections.flatMap((correction) => addStatements(db, tenantId, correction, limits)));
      const made = JSON.stringify(
        corrections.map(({ name, sha256, modelRevision }) => `${name} ${sha256} ${modelRevision}`),
      );
      const { results } = await db
        .prepare(
          `SELECT ${columns} FROM corrections WHERE tenant_id = ?
             AND name || ' ' || sha256 || ' ' || model_revision IN (SELECT value FROM json_each(?))
           ORDER BY created_at DESC, id DESC`,
        )
        .bind(tenantId, made)
        .all<Row>();
      return results.map(toRecord);
    },
    list: (tenantId, page, name) =>
      newestFirst(db, { table: 'corrections', columns, name, toItem: toRecord }, tenantId, page),
    async find(tenantId, id) {
      const row = await db
        .prepare(`SELECT ${columns} FROM corrections WHERE tenant_id = ? AND id = ?`)
        .bind(tenantId, id)
        .first<Row>();
      return row === null ? undefined : toRecord(row);
    },
    async remove(tenantId, id) {
      const [, removed] = await db.batch([
        db
          .prepare(
            `UPDATE stored_bytes SET bytes = bytes - COALESCE((SELECT ${itemRowBytes} + LENGTH(embedding)
               FROM corrections WHERE tenant_id = ?1 AND id = ?2), 0) WHERE tenant_id = ?1`,
          )
          .bind(tenantId, id),
        db.prepare('DELETE FROM corrections WHERE tenant_id = ?1 AND id = ?2').bind(tenantId, id),
      ]);
      return (removed?.meta.changes ?? 0) > 0;
    },
    async all(tenantId, name) {
      const found: NewCorrection[] = [];
      for (let after = ''; ; ) {
        const { results } = await db
          .prepare(
            `SELECT ${columns}, ${hexOf('embedding')} FROM corrections
             WHERE tenant_id = ? AND name = ? AND sha256 > ? ORDER BY sha256 LIMIT ${rowsAtOnce}`,
          )
          .bind(tenantId, name, after)
          .all<Row & { embedding: string }>();
        found.push(...results.map((row) => ({ ...toRecord(row), embedding: floatsOf(row.embedding) })));
        const last = results.at(-1);
        if (last === undefined || results.length < rowsAtOnce) return found;
        after = last.sha256;
      }
    },
  };
}

/** Where the row is new it is charged; where it was there, what it says is replaced, and an embedding of another length paid for. */
function addStatements(
  db: D1Database,
  tenantId: string,
  correction: NewCorrection,
  { maxOfName, maxStoredBytes }: { readonly maxOfName: number; readonly maxStoredBytes: number },
): D1PreparedStatement[] {
  const { id, name, modelRevision, sha256, environment, label, answered, createdAtMs, embedding } =
    correction;
  const bytes = new Uint8Array(new Float32Array(embedding).buffer);
  const cost = itemRowBytes + bytes.byteLength;
  return [
    db
      .prepare(
        `INSERT INTO corrections (tenant_id, ${columns}, embedding)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10
         WHERE (SELECT COUNT(*) FROM corrections WHERE tenant_id = ?1 AND name = ?3) < ?11
           AND ?12 + COALESCE((SELECT bytes FROM stored_bytes WHERE tenant_id = ?1), 0) <= ?13
         ON CONFLICT DO NOTHING`,
      )
      .bind(
        tenantId,
        id,
        name,
        modelRevision,
        sha256,
        environment,
        label,
        answered ?? null,
        createdAtMs,
        bytes,
        maxOfName,
        cost,
        maxStoredBytes,
      ),
    addStoredBytes(db, tenantId, cost),
    db
      .prepare(
        `UPDATE stored_bytes SET bytes = bytes + ?4 - LENGTH(before.embedding) FROM corrections AS before
         WHERE stored_bytes.tenant_id = ?1 AND before.tenant_id = ?1 AND before.name = ?2 AND before.sha256 = ?3
           AND LENGTH(before.embedding) <> ?4 AND bytes + ?4 - LENGTH(before.embedding) <= ?5`,
      )
      .bind(tenantId, name, sha256, bytes.byteLength, maxStoredBytes),
    db
      .prepare(
        `UPDATE corrections SET environment = ?4, label = ?5, answered = ?6, model_revision = ?7, embedding = ?8
         WHERE tenant_id = ?1 AND name = ?2 AND sha256 = ?3 AND (LENGTH(embedding) = LENGTH(?8) OR changes() > 0)`,
      )
      .bind(tenantId, name, sha256, environment, label, answered ?? null, modelRevision, bytes),
  ];
}

function floatsOf(hex: string): Float32Array {
  return new Float32Array(bytesFromBlob(hex).buffer);
}

function toRecord(row: Row): CorrectionRecord {
  return {
    id: row.id,
    name: row.name,
    modelRevision: row.model_revision,
    sha256: row.sha256,
    environment: row.environment,
    label: row.label,
    answered: row.answered ?? undefined,
    createdAtMs: row.created_at,
  };
}
