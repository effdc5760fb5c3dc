// A body as JSON, after a look at its shape (shared/scan-json.ts). Decides no meaning.

import { type AppError, appError } from '#shared/app-error.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { type ScanFailure, scanJson } from '#shared/scan-json.ts';
import { takeTurn } from '../../clients/breathe.ts';

/** Beyond this, looking, parsing and what comes after are steps of their own, with a turn for everybody else before each. */
const longBody = 256 * 1024;

export async function parseJson(
  bytes: Uint8Array,
): Promise<Result<unknown, AppError<ScanFailure | 'malformed-request'>>> {
  const isLong = bytes.length > longBody;
  const early = isLong ? undefined : decoded(bytes);
  const fault = scanJson(bytes, early);
  if (fault !== undefined) return err(fault);
  if (isLong) await takeTurn();
  const text = early ?? decoded(bytes);
  if (text === undefined) return malformed;
  try {
    const value: unknown = JSON.parse(text);
    if (isLong) await takeTurn();
    return ok(value);
  } catch {
    return malformed;
  }
}

const malformed = err(appError('malformed-request', 'The body is not well-formed JSON in UTF-8.'));

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}
