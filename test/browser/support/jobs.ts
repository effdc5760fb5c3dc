// Jobs at work as a test wants them, whatever the worker has come to.

import type { Page } from 'playwright-core';

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

/** The next job that is followed is seen at this until it is let go, and as it is afterwards. */
export async function atWork(
  page: Page,
  kind: string,
  stage: string,
  done: number,
  total: number,
): Promise<() => void> {
  const followed = '**/v1/jobs/*/events';
  const isOver = Promise.withResolvers<void>();
  let isFirst = true;
  await page.route(followed, async (route) => {
    if (isFirst) {
      isFirst = false;
      await route.fulfill(eventsOf([jobAt(kind, 'running', stage, done, total)]));
      return;
    }
    await isOver.promise;
    await route.continue();
  });
  return isOver.resolve;
}
