// Runs the edge's scheduled work, which miniflare does not do by itself: once at the start, since the last run of this
// machine may have left jobs behind, and then at a fixed beat, whatever wrangler.toml's expressions say.

import type { Miniflare } from 'miniflare';

const beatMs = 30_000;

/** The returned function stops the beat; a run under way goes on. */
export async function startCronTriggers(miniflare: Miniflare, crons: readonly string[]): Promise<() => void> {
  if (crons.length === 0) return () => undefined;
  const worker = await miniflare.getWorker();
  const run = () => {
    for (const cron of crons) {
      // What fails is logged by the edge itself, and tried again at the next beat.
      worker.scheduled({ scheduledTime: new Date(), cron }).catch(() => undefined);
    }
  };
  run();
  const timer = setInterval(run, beatMs);
  return () => clearInterval(timer);
}
