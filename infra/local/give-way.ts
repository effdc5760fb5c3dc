// The workers of a local stack compute for seconds, on the processors that the edge answers from in milliseconds: they go second.

import type { ChildProcess } from 'node:child_process';
import os from 'node:os';

/** Of a contended processor's time the edge may have nine tenths. It rarely wants so much, and then the workers are waiting for it. */
const niceness = os.constants.priority.PRIORITY_BELOW_NORMAL;

/**
 * Right after the start: threads begin with what their process has then. Weighs within a session: Linux shares processors among
 * sessions first where that is set so (`sched_autogroup`), and an edge that has been quiet waits for tens of milliseconds there
 * behind sessions that are not, however nice they are (docs/decisions/one-machine-for-all.md).
 */
export function giveWayToOthers({ pid }: Pick<ChildProcess, 'pid'>): void {
  if (pid === undefined) return;
  try {
    os.setPriority(pid, niceness);
  } catch {
    // Slower answers beside a fit, and nothing else.
  }
}
