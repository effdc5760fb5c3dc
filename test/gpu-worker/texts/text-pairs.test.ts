// Text interventions, with a local server that speaks the chat protocol.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from 'vitest';
import { createCaptionWriter } from '../../../gpu-worker/texts/caption-writer.ts';
import { captionPairs } from '../../../gpu-worker/texts/text-pairs.ts';
import { TextIntervention } from '../../../shared/contracts/intervention.ts';

const chat = TextIntervention.parse({ name: 'chat', style: 'a sketch', variants: 2 });
const unavailable = { ok: false, error: { code: 'worker-unavailable', retryAfterSeconds: 10 } };

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

type Question = {
  readonly authorization: string | undefined;
  readonly url: string | undefined;
  readonly body: { model: string; messages: { content: string }[] };
};

/** Answers each question with what `reply` makes of it; `undefined` never answers. */
async function chatServer(reply: (question: Question) => { status?: number; body: string } | undefined) {
  const questions: Question[] = [];
  server = createServer(async (request, response) => {
    const body = JSON.parse(await text(request));
    const question = { authorization: request.headers.authorization, url: request.url, body };
    questions.push(question);
    const answer = reply(question);
    if (answer !== undefined) response.writeHead(answer.status ?? 200).end(answer.body);
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { questions, url: `http://127.0.0.1:${port}/v1` };
}

function says(content: string) {
  return { body: JSON.stringify({ choices: [{ message: { role: 'assistant', content } }] }) };
}

function writerFor(url: string, timeoutMs = 5000) {
  return createCaptionWriter({ url, model: 'a-model', key: 'a-key', timeoutMs });
}

describe('text interventions', () => {
  test('take pairs as given, and every label through every style', async () => {
    const interventions = [
      TextIntervention.parse({ name: 'caption-pairs', pairs: [['a cat', 'a drawn cat']] }),
      TextIntervention.parse({
        name: 'style-templates',
        neutral: 'a {}',
        styles: ['a sketch of a {}', 'a dark {}'],
      }),
    ];
    expect(await captionPairs(interventions, ['dog', '$& cow'], undefined, undefined)).toEqual({
      ok: true,
      value: [
        ['a cat', 'a drawn cat'],
        ['a dog', 'a sketch of a dog'],
        ['a dog', 'a dark dog'],
        ['a $& cow', 'a sketch of a $& cow'],
        ['a $& cow', 'a dark $& cow'],
      ],
    });
  });

  test('ask the chat endpoint for each label once in the life of a writer', async () => {
    const { url, questions } = await chatServer(({ body }) => {
      const { caption } = JSON.parse(body.messages.at(-1)?.content ?? '');
      return says(
        `\`\`\`json\n${JSON.stringify({ captions: [`one of ${caption}`, `two of ${caption}`, 'too many'] })}\n\`\`\``,
      );
    });
    const writer = writerFor(url);
    const expected = {
      ok: true,
      value: ['cat', 'dog'].flatMap((label) =>
        ['one', 'two'].map((word) => [`a picture of a ${label}`, `${word} of a picture of a ${label}`]),
      ),
    };
    expect(await captionPairs([chat], ['cat', 'dog'], writer, undefined)).toEqual(expected);
    expect(await captionPairs([chat], ['cat', 'dog'], writer, undefined)).toEqual(expected);
    expect(questions).toHaveLength(2);
    expect(questions[0]).toMatchObject({
      authorization: 'Bearer a-key',
      url: '/v1/chat/completions',
      body: { model: 'a-model', temperature: 0 },
    });
  });

  test.each([
    ['an error status', { status: 500, body: '{}' }],
    ['no JSON', { body: 'hello' }],
    ['another protocol', { body: JSON.stringify({ answer: 'a cat' }) }],
    ['words instead of a list', says('Sure, here is your caption!')],
    ['an empty list', says('{"captions": []}')],
    ['captions that are not texts', says('{"captions": [1, 2]}')],
  ])('say so when the endpoint answers with %s', async (_, answer) => {
    const { url } = await chatServer(() => answer);
    expect(await captionPairs([chat], ['cat'], writerFor(url), undefined)).toMatchObject(unavailable);
  });

  test('say so when the endpoint does not answer in time or is not there', async () => {
    const { url } = await chatServer(() => undefined);
    expect(await captionPairs([chat], ['cat'], writerFor(url, 50), undefined)).toMatchObject({
      error: { detail: expect.stringContaining('in time') },
    });
    expect(await captionPairs([chat], ['cat'], writerFor('http://127.0.0.1:1/v1'), undefined)).toMatchObject(
      unavailable,
    );
  });

  test('ask again after a failure', async () => {
    let broken = true;
    const { url } = await chatServer(() =>
      broken ? { status: 503, body: '' } : says('{"captions": ["a drawn cat"]}'),
    );
    const writer = writerFor(url);
    expect((await captionPairs([chat], ['cat'], writer, undefined)).ok).toBe(false);
    broken = false;
    expect(await captionPairs([chat], ['cat'], writer, undefined)).toMatchObject({ ok: true });
  });

  test('are refused where no endpoint is configured', async () => {
    expect(await captionPairs([chat], ['cat'], undefined, undefined)).toMatchObject({
      ok: false,
      error: { code: 'invalid-request' },
    });
  });

  test('end with their caller', async () => {
    const leaving = new AbortController();
    const { url } = await chatServer(() => {
      leaving.abort(new Error('left'));
      return undefined;
    });
    await expect(captionPairs([chat], ['cat'], writerFor(url), leaving.signal)).rejects.toThrow('left');
  });
});
