// The workers of a local stack compute for seconds, on the processors that the edge answers from in milliseconds: they go second.

import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import os from 'node:os';

/** Of a contended processor's time the edge may have nine tenths. It rarely wants so much, and then the workers are waiting for it. */
const niceness = os.constants.priority.PRIORITY_BELOW_NORMAL;

/**
 * Right after the start: threads begin with what their process has then. A process with a session of its own is a group of its own
 * for Linux' scheduler where that is set so, and shares evenly with the edge's however nice it is: so the group is told too.
 * Where the system will not have it, they share evenly.
 */
export function giveWayToOthers({ pid }: Pick<ChildProcess, 'pid'>): void {
  if (pid === undefined) return;
  unlessRefused(() => os.setPriority(pid, niceness));
  unlessRefused(() => writeFileSync(`/proc/${pid}/autogroup`, String(niceness)));
}

function unlessRefused(act: () => void): void {
  try {
    act();
  } catch {
    // Slower answers beside a fit, and nothing else.
  }
}
