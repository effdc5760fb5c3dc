import { describe, expect, it } from 'vitest';
import { ClipIcmJobError } from '#client/client.ts';
import { readServerSentEvents } from '#client/server-sent-events.ts';
import type { Job } from '#shared/contracts/job.ts';
import { fakeService, json, problem } from './fake-service.ts';

function job(status: Job['status'], done: number): Job {
  const at = '2026-01-01T00:00:00Z';
  const progress = { done, total: 10, failed: 0 };
  return { id: 'job_1', kind: 'fit', status, stage: 'encode', progress, createdAt: at, updatedAt: at };
}

function stream(...chunks: readonly string[]): Response {
  return new Response(chunks.join(''), { headers: { 'content-type': 'text/event-stream; charset=utf-8' } });
}

function event(state: Job): string {
  return `event: job\ndata: ${JSON.stringify(state)}\n\n`;
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describe('following a job', () => {
  it('yields each change of its event stream up to the end', async () => {
    const { client, requests } = fakeService([
      stream(': hello\n\n', event(job('running', 1)), event(job('running', 1)), event(job('succeeded', 10))),
    ]);
    const states = await collect(client.jobs.events('job_1'));
    expect(states.map(({ progress }) => progress.done)).toEqual([1, 10]);
    expect(requests[0]?.headers.get('accept')).toBe('text/event-stream');
  });

  it('looks at the job itself where no stream is offered', async () => {
    const { client, waits } = fakeService([
      problem(503, 'not-ready'),
      json(job('running', 3)),
      problem(503, 'not-ready'),
      json(job('succeeded', 10)),
    ]);
    const states = await collect(client.jobs.events('job_1', { pollIntervalMs: 200 }));
    expect(states.map(({ status }) => status)).toEqual(['running', 'succeeded']);
    expect(waits).toEqual([200]);
  });

  it('goes on after a stream that breaks off', async () => {
    const { client } = fakeService([
      stream(event(job('running', 1))),
      json(job('running', 2)),
      stream(event(job('succeeded', 10))),
    ]);
    const states = await collect(client.jobs.events('job_1'));
    expect(states.map(({ progress }) => progress.done)).toEqual([1, 2, 10]);
  });

  it("throws what the service says of a job that is not the caller's", async () => {
    const { client } = fakeService([problem(404, 'not-found')]);
    await expect(collect(client.jobs.events('job_1'))).rejects.toMatchObject({ status: 404 });
  });

  it('waits for success, and throws a failed job with what it failed of', async () => {
    const failed: Job = { ...job('failed', 4), error: { code: 'too-few-samples', detail: 'Two pictures.' } };
    const succeeding = fakeService([stream(event(job('running', 1)), event(job('succeeded', 10)))]);
    const seen: number[] = [];
    const done = await succeeding.client.jobs.wait('job_1', {
      onProgress: (j) => seen.push(j.progress.done),
    });
    expect(done.status).toBe('succeeded');
    expect(seen).toEqual([1, 10]);
    const failing = fakeService([stream(event(failed))]);
    const error = await failing.client.jobs.wait('job_1').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ClipIcmJobError);
    expect(error).toMatchObject({ message: 'Two pictures.', job: { error: { code: 'too-few-samples' } } });
  });
});

describe('server-sent events', () => {
  it('survive any cut of the bytes, every line ending, and several data lines', async () => {
    const text = 'id: 7\r\nevent: a\r\ndata: é1\r\ndata: 2\r\n\r\n:beat\n\ndata:3\n\ndata: unfinished';
    const bytes = new TextEncoder().encode(text);
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
        controller.close();
      },
    });
    expect(await collect(readServerSentEvents(body, 1000))).toEqual([
      { id: '7', event: 'a', data: 'é1\n2' },
      { id: '7', event: 'message', data: '3' },
    ]);
  });

  it('end after too long a silence', async () => {
    const silent = new ReadableStream<Uint8Array>();
    expect(await collect(readServerSentEvents(silent, 1))).toEqual([]);
  });
});
