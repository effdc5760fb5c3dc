// `clip-icm models pull|list|verify`: parses the command line, calls infra/models, prints. The work is done there.

import { join } from 'node:path';
import { Command, Option } from 'commander';
import { err, type Result } from '#shared/result.ts';
import { openHub } from '../../infra/models/hub.ts';
import { importModel } from '../../infra/models/import.ts';
import { listInstalled } from '../../infra/models/inventory.ts';
import { type Variant, variants } from '../../infra/models/layout.ts';
import type { ModelsError } from '../../infra/models/models-error.ts';
import { type Pulled, type PullRequest, pullModel } from '../../infra/models/pull.ts';
import { defaultRetryPolicy } from '../../infra/models/retry.ts';
import { verifyModel } from '../../infra/models/verify.ts';
import { createStatusLine } from '../terminal/status-line.ts';
import { formatInventory, formatPulled, formatVerification, type Verification } from './format.ts';
import { createTransferLine } from './transfer-line.ts';

const embeddedModels = join(import.meta.dirname, '../../gpu-worker/models');

type CommonOptions = { readonly dir: string; readonly json?: true };
type PullOptions = CommonOptions & {
  readonly revision: string;
  readonly variant: Variant;
  readonly from?: string;
};

/** The `models` command, for the program of cli/main.ts. */
export function modelsCommand(): Command {
  const models = new Command('models').description('fetch, list and check CLIP models');
  common(
    models.command('pull').argument('<name>', 'owner/name on the hub, e.g. Xenova/clip-vit-base-patch16'),
  )
    .description(
      'fetch a model from the hub (HF_ENDPOINT, HF_TOKEN) or a directory; goes on where it stopped',
    )
    .option('--revision <revision>', 'branch, tag or commit', 'main')
    .addOption(
      new Option('--variant <variant>', 'precision of the weights').choices(variants).default('default'),
    )
    .option('--from <directory>', 'copy from a directory instead, without network')
    .action(pull);
  common(models.command('list')).description('what is in the models directory').action(list);
  common(models.command('verify').argument('[names...]', 'default: every model that was pulled'))
    .description('compare every file with the SHA-256 recorded when it was pulled')
    .action(verify);
  return models;
}

function common(command: Command): Command {
  return command
    .addOption(
      new Option('--dir <directory>', 'the models directory').env('ICM_MODELS_DIR').default(embeddedModels),
    )
    .option('--json', 'print JSON');
}

async function pull(name: string, options: PullOptions): Promise<void> {
  const line = createStatusLine();
  const show = createTransferLine(line, () => performance.now());
  const pulled = await fetchModel(options, {
    name,
    revision: options.revision,
    variant: options.variant,
    root: options.dir,
    now: () => new Date(),
    onProgress: ({ file, receivedBytes, totalBytes }) =>
      show({ label: file, doneBytes: receivedBytes, totalBytes }),
  });
  line.clear();
  if (!pulled.ok) return fail(pulled.error);
  print(options, pulled.value, formatPulled(pulled.value));
}

async function fetchModel(options: PullOptions, request: PullRequest): Promise<Result<Pulled, ModelsError>> {
  if (options.from !== undefined) return importModel({ ...request, from: options.from });
  const hub = openHub(process.env, defaultRetryPolicy);
  return hub.ok ? pullModel(hub.value, request) : err(hub.error);
}

async function list(options: CommonOptions): Promise<void> {
  const models = await listInstalled(options.dir);
  print(options, { directory: options.dir, models }, formatInventory(options.dir, models));
}

async function verify(names: readonly string[], options: CommonOptions): Promise<void> {
  const chosen = names.length > 0 ? names : await pulledNames(options.dir);
  const verifications: Verification[] = [];
  for (const id of chosen) {
    const report = await verifyModel(options.dir, id);
    if (!report.ok) return fail(report.error);
    verifications.push({ id, ...report.value });
  }
  print(options, { models: verifications }, formatVerification(verifications));
  if (verifications.some(({ whole }) => !whole)) process.exitCode = 1;
}

async function pulledNames(root: string): Promise<string[]> {
  const models = await listInstalled(root);
  return models.filter(({ variants }) => variants !== undefined).map(({ id }) => id);
}

function print(options: CommonOptions, value: object, text: string): void {
  process.stdout.write(options.json ? `${JSON.stringify(value)}\n` : `${text}\n`);
}

function fail(error: ModelsError): void {
  process.stderr.write(`models: ${error.detail}\n`);
  process.exitCode = 1;
}
