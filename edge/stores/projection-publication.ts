// The statements that make a projection ready, in one transaction: its bytes are counted, its row says what the artefact
// holds, and its name comes to mean it as was decided. A fitted one is published by its run, an uploaded one by its request.

import type { D1Database, D1PreparedStatement } from '@cloudflare/workers-types';
import type { ModelReference } from '#shared/contracts/common.ts';
import type { CorrectionsReport } from '#shared/contracts/correction.ts';
import type { ReleaseVerdict } from '#shared/contracts/release.ts';
import type { AuditRecord } from './audit-store.ts';
import type { Part, ProjectionHead } from './projection-record.ts';
import { type Takes, takeNameStatements } from './release-store.ts';
import type { Run } from './run-store.ts';

/** What is known of a projection once its artefact is there. */
export type Publication = {
  readonly model: ModelReference;
  readonly parts: readonly Part[];
  readonly statisticsKey: string | undefined;
  readonly labels: readonly string[];
  readonly heads: readonly ProjectionHead[];
  readonly contentHash: string;
  readonly artefactBytes: number;
  readonly corrections?: CorrectionsReport | undefined;
};

/** How a version that becomes ready takes its name, and what is said of it. */
export type Release = {
  readonly verdict: ReleaseVerdict;
  readonly takes: Takes;
  readonly audit: AuditRecord;
};

/** A run, and the wish for its version that was read with it: where that has changed since, nothing is published. */
export type PublishingRun = Run & { readonly wish: string | undefined };

type Published = { readonly publication: Publication; readonly release: Release };

/** In the order in which each still finds what it asks for; each only while the run is current. */
export function publishStatements(
  db: D1Database,
  { tenantId, jobId, attempt, wish }: PublishingRun,
  id: string,
  { publication, release }: Published,
  nowMs: number,
): D1PreparedStatement[] {
  const guard = `EXISTS (SELECT 1 FROM jobs WHERE tenant_id = ?1 AND id = ?5 AND attempt = ?6 AND release IS ?7
    AND status IN ('queued', 'running'))`;
  const extra = [jobId, attempt, wish ?? null];
  const bind = (sql: string, value: unknown) => db.prepare(sql).bind(tenantId, id, value, nowMs, ...extra);
  return [
    bind(`${addBytesSql} AND ${guard} ${addToBytes}`, publication.artefactBytes),
    bind(`${makeReadySql} AND ${guard}`, JSON.stringify({ ...publication, release: release.verdict })),
    ...takeNameStatements(db, tenantId, id, { ...release, nowMs }, { guard, extra }),
  ];
}

// Of all of these: ?1 tenant, ?2 projection, ?3 the value, ?4 now. They look for a projection that is not ready yet.
const addBytesSql = `INSERT INTO stored_bytes (tenant_id, bytes) SELECT ?1, ?3 FROM projections
  WHERE ?4 AND tenant_id = ?1 AND id = ?2 AND status = 'fitting'`;
const addToBytes = 'ON CONFLICT (tenant_id) DO UPDATE SET bytes = bytes + excluded.bytes';
const makeReadySql = `UPDATE projections SET status = 'ready',
    model_id = ?3 ->> '$.model.id', model_revision = ?3 ->> '$.model.revision', parts = ?3 -> '$.parts',
    statistics_key = ?3 ->> '$.statisticsKey', labels = ?3 -> '$.labels', heads = ?3 -> '$.heads',
    content_hash = ?3 ->> '$.contentHash', artefact_bytes = ?3 ->> '$.artefactBytes', release = ?3 -> '$.release',
    corrections = ?3 -> '$.corrections'
  WHERE ?4 AND tenant_id = ?1 AND id = ?2 AND status = 'fitting'`;

/** An upload has no run to guard it: where its bytes do not fit, nothing is ready, and the rest finds nothing to change. */
export function uploadStatements(
  db: D1Database,
  tenantId: string,
  id: string,
  { publication, release }: Published,
  { maxStoredBytes, nowMs }: { readonly maxStoredBytes: number; readonly nowMs: number },
): D1PreparedStatement[] {
  const bind = (sql: string, value: unknown, ...more: unknown[]) =>
    db.prepare(sql).bind(tenantId, id, value, nowMs, ...more);
  const fits = `?3 + COALESCE((SELECT bytes FROM stored_bytes WHERE tenant_id = ?1), 0) <= ?5`;
  const ready = JSON.stringify({ ...publication, release: release.verdict });
  return [
    bind(`${addBytesSql} AND ${fits} ${addToBytes}`, publication.artefactBytes, maxStoredBytes),
    bind(`${makeReadySql} AND changes() > 0`, ready),
    ...takeNameStatements(db, tenantId, id, { ...release, nowMs }, { guard: 'TRUE', extra: [] }),
  ];
}
