// A service made of one function, and a client of it that never really waits.

import { type ClientOptions, type ClipIcmClient, createClient } from '#client/client.ts';

export type FakeService = {
  readonly client: ClipIcmClient;
  readonly requests: readonly Request[];
  /** Milliseconds of every wait the client asked for. */
  readonly waits: readonly number[];
};

/** `answers` are used up in order; the last one answers everything after it. An `Error` is thrown as fetch would. */
export function fakeService(
  answers: readonly (Response | Error | ((request: Request) => Response | Promise<Response>))[],
  options: Partial<ClientOptions> = {},
): FakeService {
  const requests: Request[] = [];
  const waits: number[] = [];
  const client = createClient({
    url: 'http://service.test',
    key: 'icm_dev_key',
    random: () => 0.5,
    sleep: async (ms) => {
      waits.push(ms);
    },
    fetch: async (request) => {
      const answer = answers[Math.min(requests.length, answers.length - 1)];
      requests.push(request);
      if (answer === undefined || answer instanceof Error) throw answer ?? new TypeError('no answer');
      return typeof answer === 'function' ? answer(request) : answer.clone();
    },
    ...options,
  });
  return { client, requests, waits };
}

export function json(body: unknown, init: ResponseInit = {}): Response {
  return Response.json(body, init);
}

export function problem(status: number, code: string, headers: Record<string, string> = {}): Response {
  const body = {
    type: `/problems/${code}`,
    title: code,
    status,
    code,
    detail: `It was ${code}.`,
    requestId: 'req-1',
  };
  return Response.json(body, { status, headers: { 'content-type': 'application/problem+json', ...headers } });
}
