// One part of a request (its path, query or body) against its contract, with its faults as the error that is answered.

import type { z } from 'zod';
import { type AppError, appError } from '#shared/app-error.ts';
import type { FieldError } from '#shared/contracts/problem.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { fitContract } from './fit-contract.ts';

/** Messages and pointers quote what was sent, and are not to grow with it. */
const maxMessageLength = 300;

export function checkContract(
  schema: z.ZodType | undefined,
  value: unknown,
  prefix: string,
): Result<unknown, AppError<'invalid-request'>> {
  if (schema === undefined) return ok(undefined);
  const fitted = fitContract(schema, value, prefix);
  return fitted.ok ? ok(fitted.value) : err(unfit(fitted.errors));
}

export function unfit(errors: readonly FieldError[]): AppError<'invalid-request'> {
  const clipped = errors.map(({ pointer, message }) => ({ pointer: clip(pointer), message: clip(message) }));
  return appError('invalid-request', 'The request does not fit the contract of this route.', {
    errors: clipped,
  });
}

function clip(text: string): string {
  return text.length > maxMessageLength ? `${text.slice(0, maxMessageLength).toWellFormed()}…` : text;
}
