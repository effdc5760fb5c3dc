// `npm run bench [-- NAME...]`: runs the benchmarks named, or all, prints their table and writes it as JSON. A bar that is
// missed is shown and fails nothing; a benchmark that cannot run does.

import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Argument, Command } from 'commander';
import { formatTable } from '../../cli/terminal/output.ts';
import { batch } from './batch.ts';
import { type Bar, type Benchmark, clears, NotSetUp, type Options, type Row } from './benchmark.ts';
import { edge } from './edge.ts';
import { fit } from './fit.ts';
import { growth } from './growth.ts';
import { lanes } from './lanes.ts';
import { describeMachine, formatMachine } from './machine.ts';
import { overhead } from './overhead.ts';
import { peers } from './peers.ts';
import { solve } from './solve.ts';
import { start } from './start.ts';
import { watch } from './watch.ts';
import { worker } from './worker.ts';

/** In the order in which `npm run bench` runs them. */
const benchmarks: readonly Benchmark[] = [
  edge,
  worker,
  overhead,
  solve,
  growth,
  fit,
  batch,
  lanes,
  start,
  peers,
  watch,
];

type Outcome = { readonly name: string; readonly seconds: number; readonly rows: readonly Row[] };

const program = new Command('npm run bench --')
  .description(
    ['measure how fast it is', ...benchmarks.map(({ name, summary }) => `  ${name}: ${summary}`)].join('\n'),
  )
  .addArgument(new Argument('[names...]', 'which; default: all').choices(benchmarks.map(({ name }) => name)))
  .option('--json <file>', 'where the numbers are written', '.data/bench.json')
  .option('--against <directory>', 'fit, peers: a checkout of another commit to measure beside this one')
  .option(
    '--pictures <directory>',
    'watch: a folder of pictures, environment/class/file, in place of the samples',
  )
  .action(run);

type Given = { readonly json: string; readonly against?: string; readonly pictures?: string };

async function run(names: readonly string[], { json, against, pictures }: Given): Promise<void> {
  const machine = describeMachine();
  process.stdout.write(`${formatMachine(machine)}\n`);
  const outcomes: Outcome[] = [];
  for (const benchmark of benchmarks) {
    if (names.length > 0 && !names.includes(benchmark.name)) continue;
    process.stderr.write(`\n${benchmark.name}: ${benchmark.summary}\n`);
    const outcome = await measure(benchmark, { against, pictures });
    if (outcome === undefined) continue;
    outcomes.push(outcome);
    process.stdout.write(`\n${formatOutcome(outcome)}\n`);
  }
  await mkdir(path.dirname(json), { recursive: true });
  const measuredAt = new Date().toISOString();
  await writeFile(json, `${JSON.stringify({ measuredAt, machine, benchmarks: outcomes }, undefined, 2)}\n`);
  process.stderr.write(`\nwritten to ${json}\n`);
}

async function measure(
  { name, run: runBenchmark }: Benchmark,
  options: Options,
): Promise<Outcome | undefined> {
  const startedMs = performance.now();
  try {
    const rows = await runBenchmark((progress) => process.stderr.write(`  ${progress}\n`), options);
    return { name, seconds: Math.round((performance.now() - startedMs) / 100) / 10, rows };
  } catch (error) {
    const reason = error instanceof NotSetUp ? error.message : error instanceof Error ? error.stack : error;
    process.stderr.write(`${name} could not be measured: ${reason}\n`);
    process.exitCode = 1;
    return undefined;
  }
}

function formatOutcome({ name, seconds, rows }: Outcome): string {
  const cells = rows.map((row) => [
    row.what,
    formatValue(row),
    row.bar === undefined ? '' : formatBar(row.bar),
    { true: 'holds', false: 'MISSED', undefined: '' }[`${clears(row)}`] ?? '',
    row.note ?? '',
  ]);
  return formatTable([`${name} (${seconds} s)`, 'measured', 'bar', '', 'of'], cells, 'no rows');
}

function formatValue({ value, unit }: Row): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return unit === 'ratio' ? value.toFixed(2) : `${value.toFixed(digits)} ${unit}`;
}

function formatBar(bar: Bar): string {
  if ('atLeast' in bar) return `≥ ${bar.atLeast}`;
  return 'atMost' in bar ? `≤ ${bar.atMost}` : `${bar.from} to ${bar.to}`;
}

await program.parseAsync();
// Servers and threads that a benchmark in trouble left open must not keep the process.
process.exit();
