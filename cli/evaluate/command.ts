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
  Template,
} from '#shared/contracts/intervention.ts';
import { pictureInterventionNames } from '#shared/contracts/intervention-defaults.ts';
import { defaultTemplate } from '#shared/contracts/names.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { openEncoder } from '../../gpu-worker/clip/encoder.ts';
import { findModelDirectory } from '../../gpu-worker/clip/installed-models.ts';
import { modelsPath } from '../../infra/models/models-home.ts';
import { print } from '../terminal/output.ts';
import { collect, someOf, wholeNumber } from '../terminal/parse-option.ts';
import { createStatusLine, formatBar } from '../terminal/status-line.ts';
import { type Evaluation, evaluate } from './evaluate.ts';
import { type Method, methods } from './methods.ts';
import { type Protocol, protocols } from './protocol.ts';
import { summarise } from './summarise.ts';
import { type BatchKind, batchKinds } from './target-batch.ts';
import { formatSummary } from './text-table.ts';
import { writeReport } from './write-report.ts';

type Flags = {
  readonly model: string;
  readonly modelsDir: string;
  readonly target?: string[];
  readonly estimators: Method[];
  readonly heads: Head[];
  readonly template?: string[];
  readonly templates?: string;
  readonly seeds: number;
  readonly protocol: Protocol;
  readonly profile: number;
  readonly batch: BatchKind;
  readonly oneSource?: true;
  readonly compare?: true;
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
      new Option('--models-dir <directory>', 'where models are').env('ICM_MODELS_DIR').default(modelsPath),
    )
    .option('--target <environment>', 'test on this one alone; may be repeated; default: each', collect)
    .option('--estimators <list>', `of ${methods.join(', ')}`, someOf(methods), [...methods])
    .option('--heads <list>', `of ${Head.options.join(', ')}`, someOf(Head.options), ['zero-shot'])
    .option(
      '--template <template>',
      `with {} for the label; may be repeated; default: ${defaultTemplate}`,
      collect,
    )
    .option('--templates <file>', 'more of them, one a line')
    .option('--seeds <number>', 'how many', wholeNumber(1, 100), 3)
    .addOption(new Option('--protocol <name>').choices(protocols).default('full'))
    .option(
      '--profile <number>',
      'unlabelled pictures of the target that make its profile, not scored; 0 for none',
      wholeNumber(0, 10_000),
      32,
    )
    .addOption(
      new Option('--batch <kind>', 'those pictures: drawn by the seed, or spread over the order of paths')
        .choices(batchKinds)
        .default('drawn'),
    )
    .option('--one-source', 'fit on one environment at a time: every ordered pair')
    .option('--compare', 'measure the profile alone, Distribution Normalization and TransCLIP, too')
    .option(
      '--interventions <list>',
      `of ${pictureInterventionNames.join(', ')}; or none`,
      (text) => (text === 'none' ? [] : someOf(pictureInterventionNames)(text)),
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
  const templates = await gatherTemplates(flags);
  if (!templates.ok) return templates;
  const encoder = await openEncoder({
    modelDirectory: await findModelDirectory(flags.modelsDir, flags.model),
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
        profile: { size: flags.profile, batch: flags.batch },
        oneSource: flags.oneSource === true,
        withNeighbours: flags.compare === true,
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

async function gatherTemplates({
  template = [],
  templates: file,
}: Pick<Flags, 'template' | 'templates'>): Promise<
  Result<string[], AppError<'not-found' | 'invalid-request'>>
> {
  const text = file === undefined ? '' : await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return err(appError('not-found', `There is no file ${file}.`));
  const lines = text.split('\n').map((line) => line.trim());
  const listed = lines.filter((line) => line !== '' && !line.startsWith('#'));
  if (file !== undefined && listed.length === 0) {
    return err(appError('invalid-request', `There are no templates in ${file}.`));
  }
  const all = [...template, ...listed];
  const wrong = all.find((one) => !Template.safeParse(one).success);
  if (wrong !== undefined) {
    return err(appError('invalid-request', `"${wrong}" is no template: it must hold exactly one {}.`));
  }
  return ok(all.length === 0 ? [defaultTemplate] : all);
}

function quote(argument: string): string {
  return /^[\w./:,=@-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}

function fail(error: AppError): void {
  process.stderr.write(`evaluate: ${error.detail}\n`);
  process.exitCode = 1;
}
