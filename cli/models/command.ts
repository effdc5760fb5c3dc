// `clip-icm models pull|list|verify`: parses the command line, calls infra/models, prints. The work is done there.

import { Command, Option } from 'commander';
import { err, ok, type Result } from '#shared/result.ts';
import { openHub } from '../../infra/models/hub.ts';
import { importModel } from '../../infra/models/import.ts';
import { listInstalled } from '../../infra/models/inventory.ts';
import { modelDirectory, type Variant, variants } from '../../infra/models/layout.ts';
import { readManifest } from '../../infra/models/manifest.ts';
import { type ModelsError, modelsError } from '../../infra/models/models-error.ts';
import { modelsHome } from '../../infra/models/models-home.ts';
import { type Pulled, type PullRequest, pullModel } from '../../infra/models/pull.ts';
import { defaultRetryPolicy } from '../../infra/models/retry.ts';
import { verifyModel } from '../../infra/models/verify.ts';
import { createStatusLine } from '../terminal/status-line.ts';
import { formatInventory, formatPulled, formatVerification, type Verification } from './format.ts';
import { createTransferLine } from './transfer-line.ts';

type CommonOptions = { readonly dir: string; readonly json?: true };
type VerifyOptions = CommonOptions & { readonly variant?: Variant; readonly writeReference?: true };
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
    .description(
      'compare every file with the SHA-256 recorded when it was pulled, and embeddings with reference.json',
    )
    .addOption(
      new Option('--variant <variant>', 'whose embeddings; default: the first pulled').choices(variants),
    )
    .option('--write-reference', 'write reference.json from what this machine gives')
    .action(verify);
  return models;
}

function common(command: Command): Command {
  return command
    .addOption(
      new Option('--dir <directory>', 'the models directory').env('ICM_MODELS_DIR').default(modelsHome),
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
  const { directory } = pulled.value;
  const { tryModel } = await import('./try-model.ts');
  const tried = await tryModel(directory, name, options.variant);
  if (!tried.ok) return fail(modelsError('not-a-model', `${tried.error} Its files are in ${directory}.`));
  print(options, { ...pulled.value, model: tried.value }, formatPulled(pulled.value, tried.value));
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

async function verify(names: readonly string[], options: VerifyOptions): Promise<void> {
  const chosen = names.length > 0 ? names : await pulledNames(options.dir);
  const verifications: Verification[] = [];
  for (const id of chosen) {
    const verified = await verifyOne(id, options);
    if (!verified.ok) return fail(verified.error);
    verifications.push(verified.value);
  }
  print(options, { models: verifications }, formatVerification(verifications));
  if (verifications.some(({ whole, embeddings }) => !whole || embeddings?.equal === false)) {
    process.exitCode = 1;
  }
}

/** Files against the manifest, then embeddings against the reference: of a model that was not pulled, the second alone. */
async function verifyOne(id: string, options: VerifyOptions): Promise<Result<Verification, ModelsError>> {
  const report = await verifyModel(options.dir, id);
  const directory = modelDirectory(options.dir, id);
  if (!directory.ok) return directory;
  const manifest = await readManifest(directory.value);
  const variant = options.variant ?? (manifest.ok ? manifest.value?.variants[0] : undefined) ?? 'default';
  const { compareWithReference, writeReference } = await import('./reference.ts');
  if (options.writeReference === true) {
    const written = await writeReference(directory.value, id, variant);
    if (!written.ok) return err(modelsError('not-a-model', written.error));
  }
  const isWhole = report.ok && report.value.whole;
  const mayRun = isWhole || (!report.ok && report.error.code === 'not-found');
  const compared = mayRun ? await compareWithReference(directory.value, id, variant) : ok(undefined);
  if (!compared.ok) return err(modelsError('not-a-model', compared.error));
  if (!report.ok && compared.value === undefined) return report;
  const files = report.ok ? report.value : { files: [], whole: true };
  return ok({ id, ...files, ...(compared.value === undefined ? {} : { embeddings: compared.value }) });
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
