// The inputs of a request in every form that a classification takes: JSON, one picture as the body, float32 embeddings, or a
// form with files. Used wherever pictures or embeddings come in.

import { type AppError, appError } from '#shared/app-error.ts';
import type { ClassificationInput } from '#shared/contracts/classification.ts';
import { maxInputs, maxPictureBytes } from '#shared/contracts/limits.ts';
import { describeBytes } from '#shared/describe-bytes.ts';
import { fromBase64 } from '#shared/digest.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { parseMultipart } from '../http/middleware/multipart.ts';
import type { BodyFailure, RawBody } from '../http/middleware/read-body.ts';
import type { ClassifyRequest } from '../use-cases/classify.ts';
import type { Input } from '../use-cases/embed-inputs.ts';

/** Content types besides JSON. */
export const inputTypes = ['image/*', 'application/octet-stream', 'multipart/form-data'] as const;

export type Inputs = ClassifyRequest['inputs'];

export function toInput(input: ClassificationInput, index: number): Input {
  if ('embedding' in input) return { kind: 'embedding', vector: new Float32Array(input.embedding) };
  if ('url' in input) return { kind: 'url', url: input.url };
  if ('sha256' in input) return { kind: 'sha256', sha256: input.sha256 };
  const bytes = fromBase64(input.image);
  if (bytes !== undefined) return { kind: 'picture', bytes };
  const errors = [{ pointer: `/inputs/${index}/image`, message: 'not base64' }];
  return { kind: 'error', error: appError('invalid-request', 'The picture is not base64.', { errors }) };
}

export type RawFailure = BodyFailure | 'invalid-request';

export async function readInputs(raw: RawBody | undefined): Promise<Result<Inputs, AppError<RawFailure>>> {
  if (raw === undefined) throw new Error('the pipeline hands over a parsed or a raw body');
  if (raw.contentType === 'multipart/form-data') return fromForm(raw);
  const isPicture = raw.contentType.startsWith('image/');
  if (isPicture && (raw.declaredBytes ?? 0) > maxPictureBytes) return err(pictureTooLong);
  const bytes = await raw.bytes();
  if (!bytes.ok) return bytes;
  if (isPicture) {
    return bytes.value.byteLength > maxPictureBytes
      ? err(pictureTooLong)
      : ok([{ kind: 'picture', bytes: bytes.value }]);
  }
  if (bytes.value.byteLength % 4 !== 0) {
    return err(appError('invalid-request', 'The body is not a whole number of float32.'));
  }
  return ok(new Float32Array(bytes.value.buffer));
}

const pictureTooLong = appError(
  'payload-too-large',
  `A picture may have at most ${describeBytes(maxPictureBytes)}.`,
);

async function fromForm(raw: RawBody): Promise<Result<Inputs, AppError<RawFailure>>> {
  const bytes = await raw.bytes();
  if (!bytes.ok) return bytes;
  const form = await parseMultipart(bytes.value, raw.contentTypeHeader, maxInputs + maxFields);
  if (!form.ok) return form;
  const files = form.value.filter(({ name, filename }) => name === 'image' && filename !== undefined);
  if (files.length === 0 || files.length > maxInputs) {
    return err(appError('invalid-request', `The form must hold 1 to ${maxInputs} files named "image".`));
  }
  return ok(files.map((file) => ({ kind: 'picture', bytes: file.bytes })));
}

/** Room for what browsers and libraries put into a form beside the files. */
const maxFields = 64;
