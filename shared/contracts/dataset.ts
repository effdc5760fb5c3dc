// /v1/datasets: pictures of a tenant, each with its environment and, where known, its class.

import { z } from 'zod';
import { Label, pageOf, ResourceName, Sha256, Timestamp } from './common.ts';
import { maxFilename } from './limits.ts';
import { defaultEnvironment } from './names.ts';

export const DatasetCreate = z.strictObject({
  name: ResourceName,
  description: z.string().max(500).optional(),
});
export type DatasetCreate = z.infer<typeof DatasetCreate>;

export const Dataset = z.object({
  id: z.string(),
  name: ResourceName,
  description: z.string().optional(),
  pictures: z.int(),
  bytes: z.int(),
  environments: z.array(z.object({ name: Label, pictures: z.int() })),
  classes: z.array(z.object({ name: Label, pictures: z.int() })),
  createdAt: Timestamp,
});
export type Dataset = z.infer<typeof Dataset>;
export const DatasetPage = pageOf(Dataset);

/** `POST /v1/datasets/{dataset}/items?environment=&class=` with the picture as the body. */
export const ItemQuery = z.strictObject({
  environment: Label.default(defaultEnvironment),
  class: Label.optional(),
  filename: z.string().max(maxFilename).optional(),
});
export type ItemQuery = z.infer<typeof ItemQuery>;

export const DatasetItem = z.object({
  id: z.string(),
  sha256: Sha256,
  bytes: z.int(),
  environment: Label,
  class: Label.optional(),
  filename: z.string().optional(),
  createdAt: Timestamp,
});
export type DatasetItem = z.infer<typeof DatasetItem>;
export const DatasetItemPage = pageOf(DatasetItem);

/** `POST /v1/datasets/{dataset}/archive`: a tar whose entries are `environment/class/file`. */
export const ArchiveResult = z.object({
  added: z.int(),
  /** Already there with the same bytes, environment and class. */
  unchanged: z.int(),
  /** The first thousand, names cut to 300 characters. */
  skipped: z.array(z.object({ path: z.string(), code: z.string(), detail: z.string() })),
  /** How many more were skipped; absent where all are listed. */
  notListed: z.int().optional(),
  /** Hidden files (`.DS_Store`, `Thumbs.db`), which nobody means to upload; absent where there were none. */
  hidden: z.int().optional(),
});
export type ArchiveResult = z.infer<typeof ArchiveResult>;

/** `POST /v1/datasets/{dataset}/imports`: fetch pictures by address; 202 and a job. */
export const ImportRequest = z.strictObject({
  items: z
    .array(
      z.strictObject({
        url: z.url({ protocol: /^https?$/ }).max(2048),
        environment: Label.default(defaultEnvironment),
        class: Label.optional(),
      }),
    )
    .min(1)
    .max(10_000),
});
export type ImportRequest = z.infer<typeof ImportRequest>;
