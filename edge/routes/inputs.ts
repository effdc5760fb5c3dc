// The inputs of a request in every form that a classification takes: JSON, one picture as the body, float32 embeddings, or a
// form with files. Used wherever pictures or embeddings come in.

import { z } from 'zod';
import { type AppError, appError } from '#shared/app-error.ts';
import type { ClassificationInput } from '#shared/contracts/classification.ts';
import { maxInputs, maxPictureBytes } from '#shared/contracts/limits.ts';
import { describeBytes } from '#shared/describe-bytes.ts';
import { isAddress, pictureFromText } from '#shared/picture-text.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { BodyFailure } from '../http/body/body-fault.ts';
import { parseMultipart } from '../http/body/multipart.ts';
import type { RawBody } from '../http/body/raw-body.ts';
import { parseFields } from '../http/middleware/parse-query.ts';
import type { ClassifyRequest } from '../use-cases/classify.ts';
import type { Input } from '../use-cases/embedded.ts';

/** Content types besides JSON. */
export const inputTypes = ['image/*', 'application/octet-stream', 'multipart/form-data'] as const;

/** How any route may fail by pictures that it looks up, sends for or has encoded. */
export const inputErrors = [
  'not-found',
  'conflict',
  'unreadable-picture',
  'unusable-model',
  'picture-too-large',
  'model-mismatch',
  'unfetchable-url',
  'worker-overloaded',
  'worker-unavailable',
] as const;

export type Inputs = ClassifyRequest['inputs'];

export function toInput(input: ClassificationInput, index: number): Input {
  if ('embedding' in input) return { kind: 'embedding', vector: new Float32Array(input.embedding) };
  if ('sha256' in input) return { kind: 'sha256', sha256: input.sha256 };
  const [text, field] = 'url' in input ? [input.url, 'url'] : [input.image, 'image'];
  if (isAddress(text)) return { kind: 'url', url: text };
  const bytes = pictureFromText(text);
  if (bytes !== undefined) return { kind: 'picture', bytes };
  const errors = [{ pointer: `/inputs/${index}/${field}`, message: 'not base64' }];
  return { kind: 'error', error: appError('invalid-request', 'The picture is not base64.', { errors }) };
}

export type RawFailure = BodyFailure | 'invalid-request';

/** The inputs of a body that is no JSON and carries nothing else: the fields of a form are refused. */
export async function readInputs(raw: RawBody | undefined): Promise<Result<Inputs, AppError<RawFailure>>> {
  const read = await readInputsWith(z.strictObject({}), raw);
  return read.ok ? ok(read.value.inputs) : read;
}

/** `given`: what of `options` a form says in its fields. */
export function readInputsWith<Options extends z.ZodObject>(
  options: Options,
  raw: RawBody | undefined,
): Promise<Result<GivenInputs<Partial<z.output<Options>>>, AppError<RawFailure>>> {
  if (raw === undefined) throw new Error('the pipeline hands over a parsed or a raw body');
  return raw.contentType === 'multipart/form-data' ? fromForm(options, raw) : fromBytes(raw);
}

export type GivenInputs<Given> = { readonly inputs: Inputs; readonly given: Given };

async function fromBytes(raw: RawBody): Promise<Result<GivenInputs<object>, AppError<RawFailure>>> {
  const isPicture = raw.contentType.startsWith('image/');
  if (isPicture && (raw.declaredBytes ?? 0) > maxPictureBytes) return err(pictureTooLong);
  const bytes = await raw.bytes();
  if (!bytes.ok) return bytes;
  if (isPicture) {
    return bytes.value.byteLength > maxPictureBytes
      ? err(pictureTooLong)
      : ok({ inputs: [{ kind: 'picture', bytes: bytes.value }], given: {} });
  }
  if (bytes.value.byteLength % 4 !== 0) {
    return err(appError('invalid-request', 'The body is not a whole number of float32.'));
  }
  return ok({ inputs: new Float32Array(bytes.value.buffer), given: {} });
}

const pictureTooLong = appError(
  'payload-too-large',
  `A picture may have at most ${describeBytes(maxPictureBytes)}.`,
);

async function fromForm<Options extends z.ZodObject>(options: Options, raw: RawBody) {
  const bytes = await raw.bytes();
  if (!bytes.ok) return bytes;
  const form = await parseMultipart(bytes.value, raw.contentTypeHeader, maxInputs + maxFields);
  if (!form.ok) return form;
  const files = form.value.filter(({ filename }) => filename !== undefined);
  const stray = files.find(({ name }) => name !== 'image');
  if (stray !== undefined) return err(unknownFile(stray.name));
  if (files.length === 0 || files.length > maxInputs) {
    return err(appError('invalid-request', `The form must hold 1 to ${maxInputs} files named "image".`));
  }
  const fields = form.value.filter(({ filename }) => filename === undefined);
  const given = parseFields(options, fields.map(textOf));
  if (!given.ok) return given;
  const inputs = files.map((file) => ({ kind: 'picture' as const, bytes: file.bytes }));
  return ok({ inputs, given: given.value });
}

function textOf({ name, bytes }: { readonly name: string; readonly bytes: Uint8Array }): [string, string] {
  return [name, utf8.decode(bytes)];
}

const utf8 = new TextDecoder();

function unknownFile(name: string): AppError<'invalid-request'> {
  const message = 'a file of this name is not known; pictures are named "image"';
  return appError('invalid-request', 'The form has a file that is not known.', {
    errors: [{ pointer: `/form/${name.slice(0, 100)}`, message }],
  });
}

/** The options, each of up to 1,000 labels a field of its own. */
const maxFields = 1200;
