// RFC 9457 problem documents: the one shape of every error answer.

import { z } from 'zod';

export const FieldError = z.object({
  /** JSON pointer into the request, e.g. `/inputs/3/embedding`. */
  pointer: z.string(),
  message: z.string(),
});
export type FieldError = z.infer<typeof FieldError>;

/** Of one item of an answer whose others may be well. */
export const ItemError = z.object({
  status: z.int(),
  code: z.string(),
  detail: z.string(),
  errors: z.array(FieldError).optional(),
});

export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int().min(400).max(599),
  code: z.string(),
  detail: z.string(),
  requestId: z.string(),
  errors: z.array(FieldError).optional(),
});
export type Problem = z.infer<typeof Problem>;
