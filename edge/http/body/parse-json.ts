// A body as JSON, after a look at its shape (shared/scan-json.ts). Decides no meaning.

import { type AppError, appError } from '#shared/app-error.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { type ScanFailure, scanJson } from '#shared/scan-json.ts';
import { takeTurn } from '../../clients/breathe.ts';

/** Beyond this, looking, parsing and what comes after are steps of their own, with a turn for everybody else before each. */
const longBody = 256 * 1024;

type Parsed = Result<unknown, AppError<ScanFailure | 'malformed-request'>>;

/** At once, but for what is long. */
export function parseJson(bytes: Uint8Array): Parsed | Promise<Parsed> {
  if (bytes.length > longBody) return parseLong(bytes);
  const text = decoded(bytes);
  const fault = scanJson(bytes, text);
  return fault === undefined ? parseText(text) : err(fault);
}

async function parseLong(bytes: Uint8Array): Promise<Parsed> {
  const fault = scanJson(bytes);
  if (fault !== undefined) return err(fault);
  await takeTurn();
  const parsed = parseText(decoded(bytes));
  await takeTurn();
  return parsed;
}

function parseText(text: string | undefined): Parsed {
  if (text === undefined) return malformed;
  try {
    return ok(JSON.parse(text));
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
