// A local stack in a process of its own, as a load script holds it: asked questions, closed, or killed with everything in it.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { readRows } from './read-database.ts';
import type { StackMessage, StackOpened, StackOrder, StackQuestion } from './stack-messages.ts';

export type LoadStack = StackOpened & {
  /** Of the processes of the edge. */
  edgePids(): Promise<readonly number[]>;
  /** Of the edge's database. */
  rows<Row>(sql: string): readonly Row[];
  workerPids(): Promise<readonly number[]>;
  objects(): Promise<readonly string[]>;
  object(key: string): Promise<Uint8Array<ArrayBuffer>>;
  housekeeping(): Promise<void>;
  close(): Promise<void>;
  /** SIGKILL to the process, to workerd and to every GPU worker at once; resolves when none of them is left. */
  kill(): Promise<void>;
};

export async function openStack(order: StackOrder): Promise<LoadStack> {
  const child = fork(fileURLToPath(new URL('./stack-process.ts', import.meta.url)), [JSON.stringify(order)], {
    // Out of the terminal's group: Ctrl-C ends the script, and the stack with its channel.
    detached: true,
  });
  const opened = await new Promise<StackOpened>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the stack ended with ${code} before it was open`)));
    child.once('message', (message: StackMessage) => {
      if ('opened' in message) resolve(message.opened);
      else reject(new Error('failed' in message ? message.failed : 'an answer before a question'));
    });
  });
  let nextId = 0;
  const ask = (question: StackQuestion) => {
    const id = nextId++;
    return new Promise<unknown>((resolve, reject) => {
      const settle = (message: StackMessage) => {
        if (!('id' in message) || message.id !== id) return;
        child.off('message', settle);
        child.off('exit', fail);
        resolve(message.value);
      };
      const fail = () => reject(new Error('the stack ended before it answered'));
      child.on('message', settle);
      child.once('exit', fail);
      child.send({ id, question });
    });
  };
  return {
    ...opened,
    rows: (sql) => readRows(order.stateDirectory, sql),
    edgePids: () => named(child.pid, 'workerd'),
    workerPids: async () => (await ask({ kind: 'worker-pids' })) as readonly number[],
    object: async (key) => new Uint8Array(Buffer.from(String(await ask({ kind: 'object', key })), 'base64')),
    objects: async () => (await ask({ kind: 'objects' })) as readonly string[],
    housekeeping: async () => void (await ask({ kind: 'housekeeping' })),
    close: async () => {
      const ended = once(child, 'exit');
      await ask({ kind: 'close' });
      await ended;
    },
    kill: () => killAll(child),
  };
}

async function killAll(child: ChildProcess): Promise<void> {
  const { pid } = child;
  if (pid === undefined) throw new Error('the stack has no process');
  const pids = [pid, ...(await descendants(pid))];
  for (const each of pids) signal(each, 'SIGKILL');
  while (pids.some((each) => signal(each, 0))) await delay(5);
}

/** Children and theirs, as Linux lists them. */
async function descendants(pid: number): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const lists = await Promise.all(
    threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/children`, 'utf8').catch(() => '')),
  );
  const children = lists.flatMap((list) => list.split(' ').filter(Boolean).map(Number));
  return [...children, ...(await Promise.all(children.map(descendants))).flat()];
}

/** Processes below `pid` of this name. */
async function named(pid: number | undefined, name: string): Promise<number[]> {
  const below = pid === undefined ? [] : await descendants(pid);
  const names = await Promise.all(
    below.map((each) => readFile(`/proc/${each}/comm`, 'utf8').catch(() => '')),
  );
  return below.filter((_, index) => names[index]?.trim() === name);
}

/** False where there is no such process. */
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}
