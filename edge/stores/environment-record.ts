// What a profile of an environment is once its row has been read: by itself, with the mean that answers need, or whole.

import type { ModelReference } from '#shared/contracts/common.ts';
import { bytesFromBlob, float64FromBlob, hexOf } from './blob.ts';

/** What a profile is made of. */
export type ProfileContent = {
  readonly pictures: number;
  /** Σx [d]. */
  readonly sum: Float64Array;
  /** Packed: see profile-content.ts. */
  readonly kept: Uint8Array;
};

/** Of a profile that was made of watched sums: how many pictures that were, and by series how often each label was the answer. */
export type Adopted = {
  readonly pictures: number;
  readonly mixes: Readonly<Record<string, Readonly<Record<string, number>>>>;
};

/** Everything that is stored of a profile. */
export type WholeEnvironment = EnvironmentMean & ProfileContent & { readonly adopted?: Adopted };

export type EnvironmentRecord = {
  /** Never the same twice, unlike the name. */
  readonly id: string;
  readonly name: string;
  readonly model: ModelReference;
  readonly pictures: number;
  readonly revision: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
};

/** With what an answer needs. */
export type EnvironmentMean = EnvironmentRecord & { readonly sum: Float64Array };

export type EnvironmentRow = {
  id: string;
  name: string;
  model_id: string;
  model_revision: string;
  pictures: number;
  revision: number;
  created_at: number;
  updated_at: number;
};
export type MeanRow = EnvironmentRow & { sum: string };
export type WholeRow = MeanRow & { kept: string; adopted: string | null };

export const environmentColumns =
  'id, name, model_id, model_revision, pictures, revision, created_at, updated_at';
/** Those of a MeanRow, and of a WholeRow. */
export const meanColumns = `${environmentColumns}, ${hexOf('sum')}`;
export const wholeColumns = `${meanColumns}, ${hexOf('kept')}, adopted`;

export function toEnvironment(row: EnvironmentRow): EnvironmentRecord {
  return {
    id: row.id,
    name: row.name,
    model: { id: row.model_id, revision: row.model_revision },
    pictures: row.pictures,
    revision: row.revision,
    createdAtMs: row.created_at,
    updatedAtMs: row.updated_at,
  };
}

export function toMean(row: MeanRow): EnvironmentMean {
  return { ...toEnvironment(row), sum: float64FromBlob(row.sum) };
}

export function toWhole(row: WholeRow): WholeEnvironment {
  return {
    ...toMean(row),
    kept: bytesFromBlob(row.kept),
    // Written by `adopt` alone.
    ...(row.adopted === null ? {} : { adopted: JSON.parse(row.adopted) as Adopted }),
  };
}
