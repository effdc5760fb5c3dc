// multipart/form-data (RFC 7578) as views of the body's bytes. The runtime's own parser copies every part and has no bound on
// their number: many small ones took 22 s and 2.3 GB. Reads what clients send: no nested parts, no transfer encodings.

import { type AppError, appError } from '#shared/app-error.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { takeTurn } from '../../clients/breathe.ts';

export type FormPart = {
  readonly name: string;
  /** `undefined` for a plain field. */
  readonly filename: string | undefined;
  readonly bytes: Uint8Array<ArrayBuffer>;
};

const maxPartHeaderBytes = 8 * 1024;
/** Looked through in one go. */
const stepBytes = 4 * 1024 * 1024;

const carriageReturn = 0x0d;
const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** `invalid-request` for more than `maxParts`. */
export async function parseMultipart(
  body: Uint8Array<ArrayBuffer>,
  contentType: string,
  maxParts: number,
): Promise<Result<FormPart[], AppError<'malformed-request' | 'invalid-request'>>> {
  const boundary = boundaryOf(contentType);
  if (boundary === undefined) return malformed;
  const delimiter = encoder.encode(`\r\n--${boundary}`);
  // The first one may stand at the very beginning, without the line before it.
  let at = startsWith(body, 0, delimiter.subarray(2))
    ? delimiter.length - 2
    : await after(body, 0, delimiter);
  const parts: FormPart[] = [];
  while (at !== undefined) {
    const line = endOfDelimiter(body, at);
    if (line === 'last') return ok(parts);
    if (line === undefined) return malformed;
    if (parts.length === maxParts) {
      return err(appError('invalid-request', `The form may have at most ${maxParts} parts.`));
    }
    const next = await after(body, line - 2, delimiter);
    if (next === undefined) return malformed;
    const part = partOf(body.subarray(line, Math.max(line, next - delimiter.length)));
    if (part === undefined) return malformed;
    parts.push(part);
    at = next;
  }
  return malformed;
}

const malformed = err(appError('malformed-request', 'The form could not be parsed.'));

function boundaryOf(contentType: string): string | undefined {
  const match = /;\s*boundary=(?:"([^"\r\n]{1,70})"|([^\s;",]{1,70}))/i.exec(contentType);
  return match?.[1] ?? match?.[2];
}

/** Where the bytes after the next delimiter begin. */
async function after(body: Uint8Array, from: number, delimiter: Uint8Array): Promise<number | undefined> {
  const last = body.length - delimiter.length;
  for (let at = from, turnAt = from + stepBytes; at <= last; at++) {
    if (at === turnAt) {
      await takeTurn();
      turnAt += stepBytes;
    }
    if (body[at] === carriageReturn && startsWith(body, at, delimiter)) return at + delimiter.length;
  }
  return undefined;
}

function startsWith(body: Uint8Array, at: number, wanted: Uint8Array): boolean {
  for (let index = 0; index < wanted.length; index++) if (body[at + index] !== wanted[index]) return false;
  return true;
}

/** Where the part begins after its delimiter's line; `last` where the line says that there is none. */
function endOfDelimiter(body: Uint8Array, from: number): number | 'last' | undefined {
  if (body[from] === 0x2d && body[from + 1] === 0x2d) return 'last';
  let at = from;
  // Some proxies pad the line.
  while (at < from + 64 && (body[at] === 0x20 || body[at] === 0x09)) at++;
  return body[at] === carriageReturn && body[at + 1] === 0x0a ? at + 2 : undefined;
}

function partOf(part: Uint8Array<ArrayBuffer>): FormPart | undefined {
  const head = decoder.decode(part.subarray(0, maxPartHeaderBytes));
  const end = head.startsWith('\r\n') ? 0 : head.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const lines = head.slice(0, end).split('\r\n');
  const disposition = lines.find((line) => /^content-disposition:/i.test(line));
  const name = disposition && parameterOf(disposition, 'name');
  if (disposition === undefined || name === undefined) return undefined;
  const headerBytes = encoder.encode(head.slice(0, end)).length + (end === 0 ? 2 : 4);
  return { name, filename: parameterOf(disposition, 'filename'), bytes: part.subarray(headerBytes) };
}

/** As browsers write it: quoted, with `"` and line ends as percent escapes; a backslash before a quote is read too. */
function parameterOf(disposition: string, name: string): string | undefined {
  const match = new RegExp(`;\\s*${name}=(?:"((?:[^"\\\\]|\\\\.){0,1000})"|([^\\s;]{1,1000}))`, 'i').exec(
    disposition,
  );
  const value = match?.[1]?.replaceAll(/\\(.)/g, '$1') ?? match?.[2];
  return value?.replaceAll('%22', '"').replaceAll(/%0d/gi, '\r').replaceAll(/%0a/gi, '\n');
}
