// `clip-icm evaluate DIR`: parses the command line, opens the model, shows progress and prints what came out.

import { readFile } from 'node:fs/promises';
import { availableParallelism, homedir } from 'node:os';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { type AppError, appError } from '#shared/app-error.ts';
import { Head } from '#shared/contracts/fit.ts';
import {
  PictureIntervention,
  type PictureInterventionName,
  pictureInterventionNames,
  Template,
} from '#shared/contracts/intervention.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { openEncoder } from '../../gpu-worker/clip/encoder.ts';
import { print } from '../terminal/output.ts';
import { collect, someOf, wholeNumber } from '../terminal/parse-option.ts';
import { createStatusLine, formatBar } from '../terminal/status-line.ts';
import { type Evaluation, evaluate } from './evaluate.ts';
import { type Method, methods } from './methods.ts';
import { type Protocol, protocols } from './protocol.ts';
import { summarise } from './summarise.ts';
import { formatSummary } from './text-table.ts';
import { writeReport } from './write-report.ts';

const embeddedModels = join(import.meta.dirname, '../../gpu-worker/models');
const defaultTemplate = 'a picture of a {}';

type Flags = {
  readonly model: string;
  readonly modelsDir: string;
  readonly target?: string[];
  readonly estimators: Method[];
  readonly heads: Head[];
  readonly templates?: string;
  readonly seeds: number;
  readonly protocol: Protocol;
  readonly interventions: PictureInterventionName[];
  readonly keepHarmfulInterventions?: true;
  readonly cache: string;
  readonly threads: number;
  readonly json?: true;
  readonly report?: string;
};

/** The `evaluate` command, for the program of cli/program.ts. */
export function evaluateCommand(): Command {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'clip-icm');
  return new Command('evaluate')
    .description('measure projections on a tree of pictures, each environment in turn the target')
    .argument('<directory>', 'pictures as environment/class/file')
    .option('--model <name>', 'a model of the models directory', 'nano-clip')
    .addOption(
      new Option('--models-dir <directory>', 'where models are')
        .env('ICM_MODELS_DIR')
        .default(embeddedModels),
    )
    .option('--target <environment>', 'test on this one alone; may be repeated; default: each', collect)
    .option('--estimators <list>', `of ${methods.join(', ')}`, someOf(methods), [...methods])
    .option('--heads <list>', `of ${Head.options.join(', ')}`, someOf(Head.options), ['zero-shot'])
    .option('--templates <file>', `one a line, with {} for the label; default: ${defaultTemplate}`)
    .option('--seeds <number>', 'how many', wholeNumber(1, 100), 3)
    .addOption(new Option('--protocol <name>').choices(protocols).default('full'))
    .option(
      '--interventions <list>',
      `of ${pictureInterventionNames.join(', ')}`,
      someOf(pictureInterventionNames),
      [...pictureInterventionNames],
    )
    .option('--keep-harmful-interventions', 'use those too that change most answers of plain CLIP')
    .option('--cache <directory>', 'embeddings and results of earlier runs', cache)
    .option('--threads <number>', 'targets fitted at once', wholeNumber(1, 256), availableParallelism())
    .option('--json', 'print JSON')
    .option('--report <file>', 'write an HTML report')
    .action(run);
}

async function run(directory: string, flags: Flags): Promise<void> {
  const evaluation = await runEvaluation(directory, flags);
  if (!evaluation.ok) return fail(evaluation.error);
  const summary = summarise(evaluation.value);
  print({ json: flags.json === true }, summary, formatSummary(summary));
  if (flags.report === undefined) return;
  const command = ['clip-icm', ...process.argv.slice(2)].map(quote).join(' ');
  const written = await writeReport(flags.report, evaluation.value, summary, command);
  if (!written.ok) return fail(written.error);
  process.stderr.write(`report: ${flags.report}\n`);
}

async function runEvaluation(directory: string, flags: Flags): Promise<Result<Evaluation, AppError>> {
  const templates = await readTemplates(flags.templates);
  if (!templates.ok) return templates;
  const encoder = await openEncoder({
    modelDirectory: join(flags.modelsDir, flags.model),
    modelId: flags.model,
  });
  if (!encoder.ok) return encoder;
  const line = createStatusLine();
  try {
    return await evaluate(
      encoder.value,
      {
        directory,
        ...(flags.target === undefined ? {} : { targets: flags.target }),
        methods: withIdentity(flags.estimators),
        heads: flags.heads,
        templates: templates.value,
        seeds: flags.seeds,
        protocol: flags.protocol,
        interventions: flags.interventions.map((name) => PictureIntervention.parse({ name })),
        keepHarmfulInterventions: flags.keepHarmfulInterventions === true,
        cacheDirectory: flags.cache,
        threads: flags.threads,
      },
      (stage, done, total) =>
        line.update(`${stage.padEnd(6)} ${formatBar(done / total)} ${done} of ${total}`),
    );
  } finally {
    line.clear();
    await encoder.value.close();
  }
}

/** Plain CLIP is what everything is compared with. */
function withIdentity(chosen: readonly Method[]): Method[] {
  return methods.filter((method) => method === 'identity' || chosen.includes(method));
}

/** Errors: `not-found`, `invalid-request`. */
async function readTemplates(file: string | undefined): Promise<Result<string[], AppError>> {
  if (file === undefined) return ok([defaultTemplate]);
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return err(appError('not-found', `There is no file ${file}.`));
  const lines = text.split('\n').map((line) => line.trim());
  const templates = lines.filter((line) => line !== '' && !line.startsWith('#'));
  const wrong = templates.find((template) => !Template.safeParse(template).success);
  if (wrong !== undefined || templates.length === 0) {
    const detail = wrong === undefined ? 'it is empty' : `"${wrong}" does not hold exactly one {}`;
    return err(appError('invalid-request', `${file} is no list of templates: ${detail}.`));
  }
  return ok(templates);
}

function quote(argument: string): string {
  return /^[\w./:,=@-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}

function fail(error: AppError): void {
  process.stderr.write(`evaluate: ${error.detail}\n`);
  process.exitCode = 1;
}
