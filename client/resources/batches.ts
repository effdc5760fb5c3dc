// /v1/classifications/batch: a dataset classified by a job; its rows as they are there, its summary, links to both forms.

import type { z } from 'zod';
import type {
  Batch,
  BatchAccepted,
  BatchFormat,
  BatchLink,
  BatchLinkRequest,
  BatchRequest,
  BatchRow,
  BatchTrailer,
} from '#shared/contracts/batch.ts';
import { readLines } from '../read-lines.ts';
import { create, type Listing, listing, path, read, remove } from '../resource.ts';
import type { CallOptions, CreateOptions, Transport } from '../transport.ts';

/** A connection that has died without a word looks like this. */
const maxSilenceMs = 60_000;

export type BatchEnd = BatchTrailer['end'];

export type Batches = Listing<Batch> & {
  /** Answers with the job, which `jobs.wait` follows, and the batch that it fills. */
  create(request: z.input<typeof BatchRequest>, options?: CreateOptions): Promise<BatchAccepted>;
  /** With its summary once the job has succeeded. */
  get(batch: string, call?: CallOptions): Promise<Batch>;
  /** With its rows. One that is running is cancelled first, through its job. */
  delete(batch: string, call?: CallOptions): Promise<void>;
  /**
   * The rows so far, one by one; nothing is held but the one under way. What it returns at its end says whether they are
   * `whole`. Throws where the connection ends before that.
   */
  rows(batch: string, call?: CallOptions): AsyncGenerator<BatchRow, BatchEnd, undefined>;
  /** The rows so far as a file, to be streamed. */
  download(batch: string, format?: BatchFormat, call?: CallOptions): Promise<ReadableStream<Uint8Array>>;
  /** An address that needs no key, until it expires or the batch is deleted. */
  link(
    batch: string,
    options?: z.input<typeof BatchLinkRequest>,
    call?: CallOptions,
  ): Promise<{ readonly url: string; readonly expiresAt: string }>;
};

export function batches(transport: Transport): Batches {
  const download: Batches['download'] = async (batch, format = 'jsonl', call = {}) => {
    const response = await transport.send({
      ...call,
      method: 'GET',
      path: path`/v1/classifications/batch/${batch}/results`,
      query: { format },
      headers: { accept: '*/*' },
      repeatable: true,
    });
    return response.body ?? new Blob().stream();
  };
  return {
    ...listing<Batch>(transport, '/v1/classifications/batch'),
    create: (request, options) => create(transport, '/v1/classifications/batch', request, options),
    get: (batch, call) => read(transport, path`/v1/classifications/batch/${batch}`, call),
    delete: (batch, call) => remove(transport, path`/v1/classifications/batch/${batch}`, call),
    async *rows(batch, call) {
      for await (const line of readLines(await download(batch, 'jsonl', call), maxSilenceMs)) {
        const value = JSON.parse(line) as BatchRow | BatchTrailer;
        if ('end' in value) return value.end;
        yield value;
      }
      throw new Error(`The rows of ${batch} broke off.`);
    },
    download,
    link: async (batch, options = {}, call = {}) => {
      const link = await transport.json<BatchLink>({
        ...call,
        method: 'POST',
        path: path`/v1/classifications/batch/${batch}/link`,
        body: { json: options },
        repeatable: true,
      });
      return { url: transport.urlOf(link.path), expiresAt: link.expiresAt };
    },
  };
}
