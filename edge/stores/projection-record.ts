// What a projection is once its row has been read: its version, what it was fitted from, what its artefact holds.
// Rows outlive the code that wrote them, so everything kept as JSON is parsed again, and what old rows hold is mended here.

import { z } from 'zod';
import type { ModelReference } from '#shared/contracts/common.ts';
import { CorrectionsReport } from '#shared/contracts/correction.ts';
import { EncodeOptions, SolveOptions } from '#shared/contracts/fit.ts';
import { Projection } from '#shared/contracts/projection.ts';
import { ReleaseVerdict } from '#shared/contracts/release.ts';

/** The statistics of those pictures of a dataset that came after `fromSeq`, up to `throughSeq`. */
export const Part = z.object({
  datasetId: z.string(),
  /** Of the items and of how they were encoded; names the file. */
  hash: z.string(),
  pictures: z.int(),
  fromSeq: z.int(),
  throughSeq: z.int(),
});
export type Part = z.infer<typeof Part>;

/** What stands for the dataset in the part that corrections make. */
export const correctionsPart = 'corrections';

export const Recipe = z.object({ model: z.string(), encode: EncodeOptions, solve: SolveOptions });
export type Recipe = z.infer<typeof Recipe>;

export type ProjectionHead = NonNullable<Projection['heads']>[number];

export type ProjectionRecord = {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly current: boolean;
  readonly status: Projection['status'];
  readonly jobId: string | undefined;
  readonly model: ModelReference | undefined;
  readonly datasets: readonly { readonly id: string; readonly name: string }[];
  /** Absent for an uploaded artefact. */
  readonly recipe: Recipe | undefined;
  readonly parts: readonly Part[];
  readonly statisticsKey: string | undefined;
  readonly labels: readonly string[] | undefined;
  readonly heads: readonly ProjectionHead[] | undefined;
  readonly contentHash: string | undefined;
  readonly artefactBytes: number | undefined;
  readonly createdAtMs: number;
  /** What was decided of it when it became ready. */
  readonly release: ReleaseVerdict | undefined;
  /** When its name last came to mean it. */
  readonly releasedAtMs: number | undefined;
  /** How it did on the corrections that it took in. */
  readonly corrections: CorrectionsReport | undefined;
  /** Of the version that its name means: the candidate that is asked beside it. */
  readonly shadow: number | undefined;
};

/** A row of the table, joined with the alias of its name. */
export type ProjectionRow = {
  id: string;
  name: string;
  version: number;
  current: number;
  status: Projection['status'];
  job_id: string | null;
  model_id: string | null;
  model_revision: string | null;
  datasets: string;
  recipe: string | null;
  parts: string;
  statistics_key: string | null;
  labels: string | null;
  heads: string | null;
  content_hash: string | null;
  artefact_bytes: number | null;
  created_at: number;
  release: string | null;
  released_at: number | null;
  shadow: number | null;
  corrections: string | null;
};

export function toProjectionRecord(row: ProjectionRow): ProjectionRecord {
  return {
    id: row.id,
    name: row.name,
    version: row.version,
    current: row.current === 1,
    status: row.status,
    jobId: row.job_id ?? undefined,
    model:
      row.model_id === null || row.model_revision === null
        ? undefined
        : { id: row.model_id, revision: row.model_revision },
    datasets: DatasetNames.parse(JSON.parse(row.datasets)),
    recipe: row.recipe === null ? undefined : StoredRecipe.parse(JSON.parse(row.recipe)),
    parts: Part.array().parse(JSON.parse(row.parts)),
    statisticsKey: row.statistics_key ?? undefined,
    labels: row.labels === null ? undefined : StoredLabels.parse(JSON.parse(row.labels)),
    heads: row.heads === null ? undefined : Heads.parse(JSON.parse(row.heads)),
    contentHash: row.content_hash ?? undefined,
    artefactBytes: row.artefact_bytes ?? undefined,
    createdAtMs: row.created_at,
    release: row.release === null ? undefined : ReleaseVerdict.parse(JSON.parse(row.release)),
    releasedAtMs: row.released_at ?? undefined,
    shadow: row.shadow ?? undefined,
    corrections: row.corrections === null ? undefined : CorrectionsReport.parse(JSON.parse(row.corrections)),
  };
}

/** As old rows have them: in any of Unicode's forms, and the same text twice now and then. */
const StoredLabels = z
  .custom<string[]>((given) => Array.isArray(given) && given.every((label) => typeof label === 'string'))
  // Checked as one, since ten thousand checked one by one take 5 ms.
  .transform((labels) => labels.map((label) => label.normalize('NFC')));
const StoredRecipe = z
  .looseObject({
    solve: z.looseObject({
      labels: StoredLabels.transform((labels) => [
        ...new Set(labels.map((label) => label.trim())),
      ]).optional(),
    }),
  })
  .pipe(Recipe);
const DatasetNames = z.array(z.object({ id: z.string(), name: z.string() }));
const Heads = Projection.shape.heads.unwrap();
