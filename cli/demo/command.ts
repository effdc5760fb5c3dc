// `clip-icm demo`: opens a stack that keeps nothing, runs the demo on it, writes the report, prints what was found.

import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Command } from 'commander';
import { openLocalStack } from '../../infra/local/open-local-stack.ts';
import { type OutputOptions, print } from '../terminal/output.ts';
import { createStatusLine } from '../terminal/status-line.ts';
import { renderReport } from './report.ts';
import { runDemo } from './run-demo.ts';
import { readSamplePictures } from './sample-pictures.ts';
import { describeDemo, summarise } from './summary.ts';

type DemoOptions = OutputOptions & { readonly report: string };

export function demoCommand(): Command {
  return new Command('demo')
    .description(
      'fit on coloured emoji, profile and classify styles and cameras it never saw: the whole system in a minute',
    )
    .option('--report <file>', 'where the HTML report is written', '.data/demo-report.html')
    .option('--json', 'print JSON')
    .action(demo);
}

async function demo(options: DemoOptions): Promise<void> {
  const startedMs = performance.now();
  const line = createStatusLine();
  line.update('starting the edge and the GPU worker ...');
  const [stack, samples] = await Promise.all([openLocalStack(), readSamplePictures()]);
  try {
    const service = { url: stack.url, adminSecret: stack.secrets.adminSecret };
    const outcome = await runDemo(service, samples, line);
    await mkdir(path.dirname(path.resolve(options.report)), { recursive: true });
    const summary = summarise(outcome);
    await writeFile(options.report, renderReport(outcome, summary));
    const seconds = (performance.now() - startedMs) / 1000;
    print(options, summary, describeDemo(summary, options.report, seconds));
  } finally {
    line.clear();
    await stack.close();
  }
}
