// `npm run hostile`: one tenant attacks while another works. Starts the local stack with two workers, and for each attack says what
// the other felt of it, what it cost in memory, and what the attacker was charged. Ends with 1 where anything is not as promised.
// Everything stays on this machine; every loop has an end.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError } from 'commander';
import { createClient } from '#client/client.ts';
import type { UsageResponse } from '#shared/contracts/usage.ts';
import { type AttackOrder, attacks } from './hostile/attacks.ts';
import { openProfiler, type Profiler } from './hostile/edge-profile.ts';
import { siteNetwork } from './hostile/hostile-site.ts';
import { complaints, medianOf, p95Of, type Round, refusals } from './hostile/verdict.ts';
import { observe, type Victim } from './hostile/victim.ts';
import { temporaryDirectory } from './support/load-tenant.ts';
import { type LoadStack, openStack } from './support/open-stack.ts';
import { cpuOf } from './support/process-use.ts';

type Options = {
  readonly seconds: number;
  readonly only?: string;
  readonly list?: boolean;
  readonly explain?: boolean;
};

const settleMs = 3000;
const columnWidth = 14;
const columns = [
  'attack',
  'pictures ms',
  'p95',
  'embeddings ms',
  'p95',
  'healthz p95',
  'refused',
  'edge CPU %',
  'workers CPU %',
  'edge MiB',
  'held MiB',
  'worker MiB',
  'database MiB',
  'busy ms',
  'rounds',
  'charged',
];

const program = new Command('npm run hostile --')
  .description('attack the local stack as one tenant, and see what another feels of it')
  .option('--seconds <n>', 'of each attack', positive, 30)
  .option('--only <text>', 'attacks whose name has this in it; several with commas')
  .option('--explain', 'say what the edge spent its time on, and what it still holds')
  .option('--list', 'say which attacks there are, and do nothing');
program.action(async (options: Options) => {
  // Names have numbers such as 2,000 in them.
  const wanted = (options.only ?? '').split(/,(?!\d{3}\b)/);
  const chosen = attacks.filter(({ name }) => wanted.some((text) => name.includes(text)));
  if (options.list === true)
    return void process.stdout.write(`${attacks.map(({ name }) => name).join('\n')}\n`);
  if (chosen.length === 0) throw new Error('No attack has that in its name; see --list.');
  process.exitCode = (await attackAll(
    chosen.map(({ name }) => name),
    options,
  ))
    ? 0
    : 1;
});

async function attackAll(names: readonly string[], { seconds, explain }: Options): Promise<boolean> {
  const stack = await openStack({
    stateDirectory: await temporaryDirectory(),
    workers: 2,
    inspect: true,
    workerEnvironment: { ICM_FETCH_ALLOW: siteNetwork },
  });
  const profiler = await openProfiler(stack.inspectorUrl ?? '');
  try {
    const victim = { url: stack.url, key: await newKey(stack, 'victim') };
    await observe(victim, Math.min(5, seconds));
    const idle = await measure('idle', { stack, profiler, victim }, seconds, async () => ({
      charged: '',
      attackRounds: 0,
    }));
    process.stdout.write(`${line(columns)}\n${line(row(idle))}\n`);
    const bad: string[] = [];
    for (const name of names) {
      const round = await measure(name, { stack, profiler, victim }, seconds, () =>
        attack(stack, name, seconds),
      );
      const found = complaints(round, idle);
      if (found.length > 0) bad.push(name);
      process.stdout.write(`${line(row(round))}\n`);
      for (const what of found) process.stdout.write(`    NOT AS PROMISED: ${what}\n`);
      for (const refusal of firstRefusals(round)) process.stdout.write(`    refused: ${refusal}\n`);
      if (explain === true) {
        for (const busy of round.busiest) process.stdout.write(`    ${busy}\n`);
      }
    }
    process.stdout.write(
      bad.length === 0
        ? `all ${names.length} attacks were borne\n`
        : `${bad.length} of ${names.length} attacks were felt: ${bad.join(', ')}\n`,
    );
    return bad.length === 0;
  } finally {
    profiler.close();
    await stack.close();
  }
}

type Scene = { readonly stack: LoadStack; readonly profiler: Profiler; readonly victim: Victim };
type Attacked = { readonly charged: string; readonly attackRounds: number };

async function measure(
  name: string,
  { stack, profiler, victim }: Scene,
  seconds: number,
  run: () => Promise<Attacked>,
): Promise<Round> {
  await untilQuiet(stack);
  const before = await sizes(stack);
  const cpuBefore = await cpuSeconds(stack);
  const peaks = watchSizes(stack);
  await profiler.start();
  const [observed, attacked] = await Promise.all([observe(victim, seconds), run()]);
  const cpuAfter = await cpuSeconds(stack);
  const profiled = await profiler.stop();
  const peak = await peaks.stop();
  return {
    name,
    observed,
    ...profiled,
    edgeCpuShare: (cpuAfter.edge - cpuBefore.edge) / seconds,
    workerCpuShare: (cpuAfter.workers - cpuBefore.workers) / seconds,
    edgeGrowthMiB: largest(peak.edge) - largest(before.edge),
    workerGrowthMiB: Math.max(
      ...peak.workers.map((mebibytes, index) => mebibytes - (before.workers[index] ?? 0)),
    ),
    databaseGrowthMiB: databaseMiB(stack) - before.database,
    ...attacked,
  };
}

/** A tenant of its own for each attack, with the plan that every tenant gets. */
async function attack(stack: LoadStack, name: string, seconds: number): Promise<Attacked> {
  const key = await newKey(stack, `attacker: ${name}`.slice(0, 100));
  const { usage } = createClient({ url: stack.url, key, maxRetries: 3 });
  const before = await usage.get();
  const order: AttackOrder = { name, seconds, target: { url: stack.url, key } };
  const child = fork(fileURLToPath(new URL('./hostile/attacker-process.ts', import.meta.url)), [
    JSON.stringify(order),
  ]);
  let attackRounds = 0;
  child.on('message', ({ rounds }: { readonly rounds: number }) => {
    attackRounds = rounds;
  });
  const ended = once(child, 'exit');
  const patience = setTimeout(() => child.kill('SIGKILL'), seconds * 1000 + 15_000);
  await ended;
  clearTimeout(patience);
  // Who has used up the minute's requests is told to come back in the next one, and the attacks go on.
  const after = await usage.get().catch(() => undefined);
  return { attackRounds, charged: after === undefined ? 'its rate, and no look' : charged(before, after) };
}

function charged({ leftToday: before }: UsageResponse, { leftToday: after }: UsageResponse): string {
  const spent = (['pictures', 'pixels', 'texts', 'fetches'] as const).flatMap((name) => {
    const amount = before[name] - after[name];
    return amount === 0 ? [] : [`${amount} ${name}`];
  });
  return spent.join(', ') || 'requests alone';
}

async function newKey(stack: LoadStack, name: string): Promise<string> {
  const operator = createClient({ url: stack.url, key: stack.adminSecret });
  return (await operator.admin.tenants.create({ name })).key.key;
}

/** Until no worker has anything to do, and a little longer. */
async function untilQuiet({ workerUrls }: LoadStack): Promise<void> {
  for (let look = 0; look < 60; look++) {
    const reports = await Promise.all(
      workerUrls.map(
        async (url) => (await fetch(`${url}/readyz`)).json() as Promise<{ queue: { depth: number } }>,
      ),
    ).catch(() => []);
    if (reports.length > 0 && reports.every(({ queue }) => queue.depth === 0)) break;
    await delay(500);
  }
  await delay(settleMs);
}

/** Resident mebibytes, process by process. */
async function sizes(stack: LoadStack) {
  const [edge, workers] = await Promise.all([
    residentMiB(await stack.edgePids()),
    residentMiB(await stack.workerPids()),
  ]);
  return { edge, workers, database: databaseMiB(stack) };
}

/** Of a processor, so far: what counts also where others use the machine. */
async function cpuSeconds(stack: LoadStack) {
  const [edge, workers] = await Promise.all([cpuOf(await stack.edgePids()), cpuOf(await stack.workerPids())]);
  return { edge, workers };
}

const largest = (values: readonly number[]) => Math.max(0, ...values);

function watchSizes(stack: LoadStack) {
  let peak: { edge: readonly number[]; workers: readonly number[] } = { edge: [], workers: [] };
  const look = async () => {
    const { edge, workers } = await sizes(stack);
    const raise = (before: readonly number[], now: readonly number[]) =>
      now.map((value, index) => Math.max(value, before[index] ?? 0));
    peak = { edge: raise(peak.edge, edge), workers: raise(peak.workers, workers) };
  };
  const timer = setInterval(() => void look().catch(() => undefined), 500);
  return {
    async stop() {
      clearInterval(timer);
      await look();
      return peak;
    },
  };
}

async function residentMiB(pids: readonly number[]): Promise<number[]> {
  const texts = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')));
  return texts.map((text) => Number(/VmRSS:\s+(\d+) kB/.exec(text)?.[1] ?? 0) / 1024);
}

function databaseMiB(stack: LoadStack): number {
  const [pages] = stack.rows<{ page_count: number }>('PRAGMA page_count');
  const [size] = stack.rows<{ page_size: number }>('PRAGMA page_size');
  return ((pages?.page_count ?? 0) * (size?.page_size ?? 0)) / 2 ** 20;
}

function row(round: Round): (string | number)[] {
  const whole = (value: number) => (Number.isFinite(value) ? Math.round(value) : 'never');
  return [
    round.name,
    whole(medianOf(round, 'picture')),
    whole(p95Of(round, 'picture')),
    whole(medianOf(round, 'embedding')),
    whole(p95Of(round, 'embedding')),
    whole(p95Of(round, 'health')),
    refusals(round),
    whole(100 * round.edgeCpuShare),
    whole(100 * round.workerCpuShare),
    whole(round.edgeGrowthMiB),
    whole(round.heldMiB),
    whole(round.workerGrowthMiB),
    round.databaseGrowthMiB.toFixed(1),
    whole(round.longest.durationMs),
    round.attackRounds,
    round.charged,
  ];
}

/** The name, numbers in columns, and at the end what does not fit into one. */
function line(cells: readonly (string | number)[]): string {
  const [name = '', ...rest] = cells.map(String);
  const last = rest.pop();
  return `${name.padEnd(40)}${rest.map((cell) => cell.padStart(columnWidth)).join('')}  ${last}`;
}

function firstRefusals({ observed }: Round): string[] {
  return [...new Set([...observed.picture.refused, ...observed.embedding.refused])].slice(0, 3);
}

function positive(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('Not a whole number above 0.');
}

await program.parseAsync();
