// Small shapes that many contracts share: names, hashes, pages.

import { z } from 'zod';

/** Names of datasets and projections: what may stand in a path and in `name@version`. */
export const ResourceName = z
  .string()
  .regex(
    /^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$/,
    'lower-case letters, digits, ".", "_", "-"; 1 to 63 characters',
  );

/** A class, environment or label as people write it; any script, no control characters. One spelling: Unicode's NFC. */
export const Label = z
  .string()
  .trim()
  .normalize('NFC')
  .min(1)
  .max(200)
  .regex(/^\P{Cc}+$/u, 'no control characters');

/**
 * Labels to choose between, at most `max`. Two that are the same text would share its probability between them, so they are
 * refused; they count as the same after trimming and in NFC.
 */
export function distinctLabels(max: number) {
  return z
    .array(Label)
    .min(1)
    .max(max)
    .superRefine((labels, context) => {
      const first = new Map<string, number>();
      for (const [index, label] of labels.entries()) {
        const same = first.get(label.normalize('NFC'));
        if (same === undefined) first.set(label.normalize('NFC'), index);
        else {
          const message = `labels ${same} and ${index} are both "${label}"`;
          context.addIssue({ code: 'custom', path: [index], message, input: label });
        }
      }
    });
}

export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 as 64 lower-case hexadecimal digits');

/** An instant in ISO 8601, with any offset; kept and answered in UTC. */
export const Timestamp = z.iso
  .datetime({ offset: true })
  .max(40)
  .overwrite((text) => (Number.isNaN(Date.parse(text)) ? text : new Date(text).toISOString()));

export const Seed = z.int().min(0).max(0xffff_ffff);

export const ModelReference = z.object({
  /** The model's name, e.g. `nano-clip` or `Xenova/clip-vit-base-patch16`. */
  id: z.string().min(1).max(200),
  /** SHA-256 over the model's files: two workers agree on it exactly when they encode alike. */
  revision: Sha256,
});
export type ModelReference = z.infer<typeof ModelReference>;

export const ModelName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*(?:\/[A-Za-z0-9][A-Za-z0-9._-]*)?$/)
  .max(200);

export const PageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().max(400).optional(),
});
export type PageQuery = z.infer<typeof PageQuery>;

/** `{items, nextCursor}`: no `nextCursor` on the last page. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), nextCursor: z.string().optional() });
}
