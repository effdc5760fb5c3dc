// Reads request bodies whose signature has been verified: checks that they are the content that was signed, and that they fit
// their contract. JSON bodies are read whole; frames are handed on one by one, each checked against the hash that the
// first frame lists.

import type { z } from 'zod';
import { type AppError, appError } from '#shared/app-error.ts';
import { readFrames } from '#shared/codec/frames.ts';
import { toHex } from '#shared/digest.ts';
import { letGo } from '#shared/let-go.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { contentHash } from '../content-hash.ts';
import type { BrokenStream, Bytes, ItemStream } from '../use-cases/item-stream.ts';
import type { WorkerContext } from './context.ts';

const maxHeadBytes = 16 * 2 ** 20;

export async function readSignedJson<Schema extends z.ZodType>(
  context: WorkerContext,
  schema: Schema,
): Promise<Result<z.infer<Schema>, AppError<BrokenStream>>> {
  const chunks: Uint8Array[] = [];
  let byteLength = 0;
  for await (const chunk of bodyOf(context)) {
    chunks.push(chunk);
    byteLength += chunk.byteLength;
    if (byteLength > maxHeadBytes) {
      return err(appError('payload-too-large', `The body has more than ${maxHeadBytes} bytes.`));
    }
  }
  return await parseSigned(context, Uint8Array.from(Buffer.concat(chunks)), schema);
}

export type SignedFrames<Head> = { readonly head: Head; readonly items: ItemStream };
type ItemInfo = { readonly sha256: string; readonly byteLength: number };

/** An item that is not the one announced ends the stream. */
export async function readSignedFrames<Schema extends z.ZodType<{ readonly items: readonly ItemInfo[] }>>(
  context: WorkerContext,
  schema: Schema,
  { maxItemBytes }: { readonly maxItemBytes: number },
): Promise<Result<SignedFrames<z.infer<Schema>>, AppError<BrokenStream>>> {
  const frames = readFrames(bodyOf(context), {
    maxFrameBytes: Math.max(maxHeadBytes, maxItemBytes),
    onCopied: letGoOfAll,
  });
  const head = await readHead(context, frames, schema, maxItemBytes);
  if (!head.ok) {
    await frames.return(undefined);
    return head;
  }
  return ok({ head: head.value, items: announced(frames, head.value.items) });
}

async function readHead<Schema extends z.ZodType<{ readonly items: readonly ItemInfo[] }>>(
  context: WorkerContext,
  frames: AsyncGenerator<Result<Bytes, AppError<BrokenStream>>>,
  schema: Schema,
  maxItemBytes: number,
): Promise<Result<z.infer<Schema>, AppError<BrokenStream>>> {
  const first = await frames.next();
  if (first.done) return err(appError('malformed-request', 'The body has no frames.'));
  if (!first.value.ok) return first.value;
  const head = await parseSigned(context, first.value.value, schema);
  if (!head.ok) return head;
  const tooLarge = head.value.items.findIndex(({ byteLength }) => byteLength > maxItemBytes);
  if (tooLarge >= 0) {
    const errors = [{ pointer: `/items/${tooLarge}/byteLength`, message: `at most ${maxItemBytes}` }];
    return err(appError('payload-too-large', `An item has more than ${maxItemBytes} bytes.`, { errors }));
  }
  return head;
}

async function* announced(
  frames: ItemStream,
  items: readonly ItemInfo[],
): AsyncGenerator<Result<Bytes, AppError<BrokenStream>>> {
  let index = 0;
  for await (const frame of frames) {
    const item = items[index];
    const fits =
      !frame.ok ||
      (frame.value.byteLength === item?.byteLength && (await hexHash(frame.value)) === item.sha256);
    yield fits ? frame : err(appError('malformed-request', `Frame ${index + 1} is not the one announced.`));
    if (!fits || !frame.ok) return;
    index++;
  }
  if (index < items.length) {
    yield err(appError('malformed-request', `${items.length} items were announced, ${index} came.`));
  }
}

async function parseSigned<Schema extends z.ZodType>(
  context: WorkerContext,
  bytes: Bytes,
  schema: Schema,
): Promise<Result<z.infer<Schema>, AppError<BrokenStream>>> {
  if ((await hexHash(bytes)) !== context.get('contentSha256')) {
    return err(appError('unauthenticated', 'The body is not the one that was signed.'));
  }
  let content: unknown;
  try {
    content = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return err(appError('malformed-request', 'The body is not JSON.'));
  }
  const parsed = schema.safeParse(content);
  if (parsed.success) return ok(parsed.data);
  const errors = parsed.error.issues.map(({ path, message }) => ({
    pointer: path.map((key) => `/${String(key)}`).join(''),
    message,
  }));
  return err(appError('invalid-request', 'The request has fields that do not fit.', { errors }));
}

async function hexHash(bytes: Bytes): Promise<string> {
  return toHex(await contentHash(bytes));
}

/** Node cuts small chunks out of memory that they share with others. */
function letGoOfAll(chunk: Uint8Array): void {
  if (chunk.byteLength === chunk.buffer.byteLength) letGo(chunk.buffer);
}

/**
 * Node's own stream where there is one: a web stream around it would cost more than all else that is done with a body. It is not
 * destroyed by who stops reading: what a refused caller still sends is read into nothing (middleware/read-on.ts), and the connection lives on.
 */
function bodyOf(context: WorkerContext): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  return context.env?.incoming?.iterator({ destroyOnReturn: false }) ?? context.req.raw.body ?? [];
}
