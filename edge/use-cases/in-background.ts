// Work behind an answer, for whoever has no request that could be kept open for it: jobs and the cron trigger.

/** What fails is not missed: everything that goes behind an answer can be done again. */
export function inBackground(work: Promise<unknown>): void {
  work.catch(() => undefined);
}
