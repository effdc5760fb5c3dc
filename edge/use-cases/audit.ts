// What is written down of an administrative act: who, what, on what, under which request.

import type { z } from 'zod';
import type { AuditEntry, AuditPage } from '#shared/contracts/tenant.ts';
import { newId } from '../ids.ts';
import type { AuditRecord } from '../stores/audit-store.ts';
import type { Page } from '../stores/cursor.ts';
import { isoTime } from './present.ts';

/** Who acts, and under which request. */
export type Act = { readonly actor: string; readonly requestId: string; readonly nowMs: number };

export function auditRecord(
  act: Act,
  what: {
    readonly tenantId: string;
    readonly action: string;
    readonly subject: string;
    readonly detail?: Readonly<Record<string, unknown>>;
  },
): AuditRecord {
  return {
    id: newId('audit'),
    tenantId: what.tenantId,
    atMs: act.nowMs,
    actor: act.actor,
    action: what.action,
    subject: what.subject,
    requestId: act.requestId,
    detail: what.detail,
  };
}

function toAuditEntry(record: AuditRecord): z.infer<typeof AuditEntry> {
  return {
    id: record.id,
    at: isoTime(record.atMs),
    actor: record.actor,
    action: record.action,
    subject: record.subject,
    requestId: record.requestId,
    ...(record.detail === undefined ? {} : { detail: record.detail }),
  };
}

export function toAuditPage({ items, nextCursor }: Page<AuditRecord>): z.infer<typeof AuditPage> {
  return { items: items.map(toAuditEntry), ...(nextCursor === undefined ? {} : { nextCursor }) };
}
