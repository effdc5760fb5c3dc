// What other processes use, as Linux tells it; `undefined` on other systems. Read only.

import { readdirSync, readFileSync } from 'node:fs';

/** The kernel counts CPU time in these, whatever its own clock. */
const ticksPerSecond = 100;

/** Ids of the processes started by this one, directly or through others, whose executable is called `name`. */
export function descendants(name: string): number[] | undefined {
  try {
    const processes = readdirSync('/proc')
      .filter((entry) => /^\d+$/.test(entry))
      .flatMap((entry) => readStat(Number(entry)) ?? []);
    const parents = new Map(processes.map(({ id, parent }) => [id, parent]));
    const isOurs = (id: number | undefined): boolean =>
      id !== undefined && (id === process.pid || isOurs(parents.get(id)));
    return processes.filter((found) => found.name === name && isOurs(found.parent)).map(({ id }) => id);
  } catch {
    return undefined;
  }
}

/** Milliseconds on a processor so far, over all threads. */
export function cpuMs(id: number): number | undefined {
  const stat = readStat(id);
  return stat && (1000 * stat.cpuTicks) / ticksPerSecond;
}

/** The most memory the process has held at once, in MiB. */
export function peakMiB(id: number): number | undefined {
  try {
    const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${id}/status`, 'utf8')) ?? [];
    return kib === undefined ? undefined : Number(kib) / 1024;
  } catch {
    return undefined;
  }
}

type Stat = {
  readonly id: number;
  readonly name: string;
  readonly parent: number;
  readonly cpuTicks: number;
};

function readStat(id: number): Stat | undefined {
  try {
    const [, name = '', rest = ''] =
      /^\d+ \((.*)\) (.*)$/s.exec(readFileSync(`/proc/${id}/stat`, 'utf8')) ?? [];
    const fields = rest.split(' ');
    const [parent, user, system] = [fields[1], fields[11], fields[12]].map(Number);
    return { id, name, parent: parent ?? 0, cpuTicks: (user ?? 0) + (system ?? 0) };
  } catch {
    return undefined;
  }
}
