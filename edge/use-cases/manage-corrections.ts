// Labels put right under a projection's answers: kept with the embedding that was answered, so that nothing is encoded again when
// a fit takes them in.

import { type AppError, appError } from '#shared/app-error.ts';
import type { CorrectionRequest } from '#shared/contracts/correction.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { ProjectionCache } from '../cache/projection-cache.ts';
import type { CorrectionRecord, CorrectionStore, NewCorrection } from '../stores/correction-store.ts';
import { embedInputs } from './embed-inputs.ts';
import { commonFailure, type EmbedSources, type Input, type InputFailure } from './embedded.ts';
import { invalid } from './head-options.ts';
import type { AskingForPictures } from './hold-pictures.ts';
import { type InputFault, usableInputs } from './usable-inputs.ts';

export type CorrectionSources = EmbedSources & {
  readonly corrections: CorrectionStore;
  readonly projectionCache: Pick<ProjectionCache, 'get'>;
  readonly newId: (kind: 'correction') => string;
};

/** Of one projection's name: 3 KiB of the database each at d = 512. */
const maxCorrections = 2000;

export type Corrected = {
  readonly items: readonly CorrectionRecord[];
  readonly failures: readonly InputFault[];
};

export async function addCorrections(
  { projection: selector, corrections }: CorrectionRequest,
  inputs: readonly Input[],
  maxStoredBytes: number,
  asking: AskingForPictures,
  sources: CorrectionSources,
): Promise<Result<Corrected, AppError<InputFailure | 'not-found' | 'conflict' | 'quota-exceeded'>>> {
  const { tenantId, later, nowMs } = asking;
  const found = await sources.projectionCache.get(tenantId, selector, later, nowMs);
  if (!found.ok) return found;
  const { name, header } = found.value.projection;
  const unknown = corrections.findIndex(({ label }) => !header.labels.includes(label));
  if (unknown !== -1) {
    const message = `${name} has no label “${corrections[unknown]?.label}”: pictures of a new class belong into a dataset.`;
    return err(invalid(`/corrections/${unknown}/label`, message));
  }
  const target = {
    model: header.model,
    dimension: header.embeddingDimension,
    pointerOf: (index: number) => `/corrections/${index}/input`,
  };
  const embedded = await embedInputs(inputs, target, asking, sources);
  const common = commonFailure(embedded);
  if (common !== undefined) return err(common);
  const { usable, failures } = await usableInputs(embedded);
  const made = usable.flatMap(({ index, embedding, sha256 }): NewCorrection[] => {
    const asked = corrections[index];
    if (asked === undefined) return [];
    const { environment, label, answered } = asked;
    const id = sources.newId('correction');
    const modelRevision = header.model.revision;
    return [{ id, name, modelRevision, sha256, environment, label, answered, createdAtMs: nowMs, embedding }];
  });
  const limits = { maxOfName: maxCorrections, maxStoredBytes };
  const items = await sources.corrections.add(tenantId, made, limits);
  const kept = new Set(items.map(({ sha256 }) => sha256));
  if (made.some(({ sha256 }) => !kept.has(sha256))) {
    const detail = `A name has at most ${maxCorrections} corrections, within the tenant's storage: not all of these were kept.`;
    return err(appError('quota-exceeded', detail));
  }
  return ok({ items, failures });
}
