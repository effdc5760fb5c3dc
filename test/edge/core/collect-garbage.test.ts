// When the edge has its garbage looked for, by a held clock; and that the local stack lends it the means.

import { afterAll, describe, expect, test } from 'vitest';
import { type Collect, createCollector } from '../../../edge/limits/collect-garbage.ts';
import { type Edge, openEdge } from '../../../infra/local/open-edge.ts';

function make() {
  let [looks, nowMs] = [0, 0];
  const collect: Collect = () => {
    looks += 1;
  };
  const collector = createCollector({ collect, nowMs: () => nowMs });
  return {
    looks: () => looks,
    ask(requests: number, { bodyBytes = 0, overMs = 0 } = {}) {
      for (let request = 0; request < requests; request++) {
        nowMs += overMs / requests;
        collector.asked();
        collector.received(bodyBytes);
      }
    },
    call(times: number, { answerBytes = 0, overMs = 0 } = {}) {
      for (let time = 0; time < times; time++) {
        nowMs += overMs / times;
        collector.called(answerBytes);
      }
    },
  };
}

describe('garbage', () => {
  test('is looked for once a second where much is asked', () => {
    const { ask, looks } = make();
    ask(30_000, { overMs: 3500 });
    expect(looks()).toBe(3);
  });

  test('is looked for after few requests whose bodies are long', () => {
    const { ask, looks } = make();
    ask(25, { bodyBytes: 2 ** 20, overMs: 3000 });
    expect(looks()).toBe(2);
  });

  test('is looked for sooner where it is by the tens of megabytes', () => {
    const { ask, looks } = make();
    ask(20, { bodyBytes: 8 * 2 ** 20, overMs: 1000 });
    expect(looks()).toBe(10);
  });

  test('is looked for after few requests that have workers asked often', () => {
    const { ask, call, looks } = make();
    ask(10);
    call(3000, { overMs: 3500 });
    expect(looks()).toBe(3);
  });

  test('is looked for after few answers of workers that are long', () => {
    const { call, looks } = make();
    call(5, { answerBytes: 3 * 2 ** 20, overMs: 3000 });
    expect(looks()).toBe(2);
  });

  test('is looked for now and then where some is asked, and where hardly anything is, never', () => {
    const { ask, looks } = make();
    ask(1500, { overMs: 10_000 });
    expect(looks()).toBe(2);
    ask(100, { overMs: 60_000 });
    expect(looks()).toBe(2);
  });

  test('is the runtime’s own affair where it lends no means', () => {
    const { asked, received, called } = createCollector({
      collect: undefined,
      nowMs: () => expect.unreachable(),
    });
    for (let request = 0; request < 10_000; request++) {
      asked();
      received(2 ** 20);
      called(2 ** 20);
    }
  });
});

describe('the local edge', () => {
  let edge: Edge | undefined;
  afterAll(() => edge?.close());

  test('is lent V8’s `gc`, which a look is asked of', async () => {
    const contents = `export * from './index.js';
      export default { fetch: () => new Response(typeof globalThis.gc) };`;
    edge = await openEdge({
      bindings: {},
      entry: { type: 'ESModule', path: 'lent.js', contents: new TextEncoder().encode(contents) },
    });
    expect(await (await fetch(edge.url)).text()).toBe('function');
  });
});
