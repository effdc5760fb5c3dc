// The workers of a local stack compute for seconds, on the processors that the edge answers from in milliseconds: they go second.

import type { ChildProcess } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
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
  unlessRefused(() => os.setPriority(pid, niceness));
}

/**
 * The session of this process, to all others of the machine, where it leads it. Answers come and go by way of others: the caller's
 * program, and the kernel's threads for the network. In a terminal the session is the shell's, and stays as it is.
 */
export function giveWayAsSession(): void {
  if (leadsItsSession()) unlessRefused(() => writeFileSync('/proc/self/autogroup', String(niceness)));
}

function leadsItsSession(): boolean {
  try {
    // After the name, which may hold anything: state, parent, group, session.
    const [, , , session] = readFileSync('/proc/self/stat', 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return Number(session) === process.pid;
  } catch {
    return false;
  }
}

function unlessRefused(act: () => void): void {
  try {
    act();
  } catch {
    // Slower answers beside a fit, and nothing else.
  }
}
