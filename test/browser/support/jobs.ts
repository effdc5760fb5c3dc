// Jobs at work as a test wants them, whatever the worker has come to.

import type { Page, Route } from 'playwright-core';

export function jobAt(kind: string, status: string, stage: string, done: number, total: number) {
  const at = new Date(0).toISOString();
  return {
    ...{ id: 'job_1', kind, status, stage, createdAt: at, updatedAt: at },
    progress: { done, total, failed: 0 },
  };
}

/** What a job's events are answered with. */
export function eventsOf(states: readonly unknown[]) {
  const body = states.map((state) => `data: ${JSON.stringify(state)}\n\n`).join('');
  return { contentType: 'text/event-stream', body };
}

/** Any job of this kind is seen at this until it is let go, by its events and by a look at it, and as it is afterwards. */
export async function atWork(
  page: Page,
  kind: string,
  stage: string,
  done: number,
  total: number,
): Promise<() => void> {
  const over = Promise.withResolvers<void>();
  const state = jobAt(kind, 'running', stage, done, total);
  let isOver = false;
  let isFirst = true;
  await page.route(/\/v1\/jobs\/[^/]+(\/events)?$/, async (route) => {
    const url = route.request().url();
    if (isOver || (await kindAt(route, url.replace(/\/events$/, ''))) !== kind) return route.continue();
    if (!url.endsWith('/events')) return route.fulfill({ json: state });
    if (isFirst) {
      isFirst = false;
      return route.fulfill(eventsOf([state]));
    }
    await over.promise;
    return route.continue();
  });
  return () => {
    isOver = true;
    over.resolve();
  };
}

async function kindAt(route: Route, url: string): Promise<string> {
  const job = await route.fetch({ url });
  return ((await job.json()) as { kind: string }).kind;
}
