// What other processes use, as Linux tells it; `undefined` on other systems. Read only.

import { readdirSync, readFileSync } from 'node:fs';

/** The kernel counts CPU time in these, whatever its own clock. */
const ticksPerSecond = 100;

/** Ids of the processes started by this one, directly or through others, whose executable is called `name`. */
export function descendants(name: string): number[] | undefined {
  const processes = allProcesses();
  if (processes === undefined) return undefined;
  const isOurs = isBelow(process.pid, processes);
  return processes.filter((found) => found.name === name && isOurs(found.parent)).map(({ id }) => id);
}

/** Of a process and all that it started, directly or through others; NaN on other systems. */
export function treeCpuMs(root: number): number {
  return sumOver(root, cpuMs);
}

/** The sum of the peaks, which need not have been at one time. */
export function treePeakMiB(root: number): number {
  return sumOver(root, peakMiB);
}

function sumOver(root: number, measure: (id: number) => number | undefined): number {
  const processes = allProcesses() ?? [];
  const isOfTree = isBelow(root, processes);
  const ids = processes.map(({ id }) => id).filter(isOfTree);
  return ids.length === 0 ? Number.NaN : ids.reduce((sum, id) => sum + (measure(id) ?? 0), 0);
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

function allProcesses(): Stat[] | undefined {
  try {
    return readdirSync('/proc')
      .filter((entry) => /^\d+$/.test(entry))
      .flatMap((entry) => readStat(Number(entry)) ?? []);
  } catch {
    return undefined;
  }
}

/** Whether a process is `root` or was started by it. */
function isBelow(root: number, processes: readonly Stat[]): (id: number | undefined) => boolean {
  const parents = new Map(processes.map(({ id, parent }) => [id, parent]));
  const isOfTree = (id: number | undefined): boolean =>
    id !== undefined && (id === root || isOfTree(parents.get(id)));
  return isOfTree;
}

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
