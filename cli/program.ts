// Every command of `clip-icm` by name. A command's code is imported only when it is the one that runs, so that
// `--help` answers at once; the summaries for that are here.

import { Command } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { addExamples } from './examples.ts';

type Entry = {
  readonly summary: string;
  /** The oldest Node it runs on, where that is younger than what the package asks for. */
  readonly needsNode?: number;
  readonly load: () => Promise<Command>;
};

/** What computes on embeddings keeps them as `Float16Array`; miniflare asks for a young Node as well. */
const floatNode = 24;

const entries: Readonly<Record<string, Entry>> = {
  demo: {
    summary: 'fit on emoji, profile and classify what it never saw: the whole system in a minute',
    needsNode: floatNode,
    load: async () => (await import('./demo/command.ts')).demoCommand(),
  },
  serve: {
    summary: 'run the edge and a GPU worker on this machine',
    needsNode: floatNode,
    load: async () => (await import('./commands/serve.ts')).serveCommand(),
  },
  classify: {
    summary: 'label pictures, or a whole dataset, by a projection or by plain CLIP',
    load: async () => (await import('./commands/classify.ts')).classifyCommand(),
  },
  fit: {
    summary: 'fit a projection from datasets or a directory',
    load: async () => (await import('./commands/fit.ts')).fitCommand(),
  },
  projections: {
    summary: 'list, inspect, refit, extend, move, download and delete projections',
    load: async () => (await import('./commands/projections.ts')).projectionsCommand(),
  },
  correct: {
    summary: 'say what pictures really are, for the next refit of a projection',
    load: async () => (await import('./commands/correct.ts')).correctCommand(),
  },
  datasets: {
    summary: 'make datasets and fill them',
    load: async () => (await import('./commands/datasets.ts')).datasetsCommand(),
  },
  environments: {
    summary: 'profiles of where pictures come from: add pictures, show, list, delete',
    load: async () => (await import('./commands/environments.ts')).environmentsCommand(),
  },
  batches: {
    summary: 'classified datasets: look, download, link, delete',
    load: async () => (await import('./commands/batches.ts')).batchesCommand(),
  },
  jobs: {
    summary: 'list, follow and cancel jobs',
    load: async () => (await import('./commands/jobs.ts')).jobsCommand(),
  },
  webhooks: {
    summary: 'be told of ended jobs and limits by signed requests',
    load: async () => (await import('./commands/webhooks.ts')).webhooksCommand(),
  },
  keys: {
    summary: 'make, rotate and revoke API keys',
    load: async () => (await import('./commands/keys.ts')).keysCommand(),
  },
  usage: {
    summary: 'what has been used, by day',
    load: async () => (await import('./commands/usage.ts')).usageCommand(),
  },
  evaluate: {
    summary: 'measure projections on a tree of pictures, each environment in turn the target',
    needsNode: floatNode,
    load: async () => (await import('./evaluate/command.ts')).evaluateCommand(),
  },
  models: {
    summary: 'fetch, list and check CLIP models',
    load: async () => (await import('./models/command.ts')).modelsCommand(),
  },
};

/** Throws `CommanderError` for misuse and for `--help`, and whatever the command itself throws. */
export async function runProgram(args: readonly string[]): Promise<void> {
  const program = await buildProgram(args);
  await program.parseAsync(behindTheCommand(args), { from: 'user' });
}

/** With the options and commands of the one that `args` name; `every` loads all of them. */
export async function buildProgram(args: readonly string[], every = false): Promise<Command> {
  const program = new Command('clip-icm')
    .description('CLIP classifiers that hold up when the pictures change')
    .configureHelp({ sortSubcommands: false })
    .version(packageJson.version)
    // So that `projections alias --version 2` is not taken for the question after this program's version.
    .enablePositionalOptions()
    .showSuggestionAfterError();
  const wanted = args.find((arg) => entries[arg] !== undefined);
  if (wanted !== undefined) requireNode(wanted, entries[wanted]?.needsNode);
  for (const [name, { summary, load }] of Object.entries(entries)) {
    program.addCommand(every || name === wanted ? await load() : new Command(name).description(summary));
  }
  throwInsteadOfExit(program);
  addExamples(program, []);
  return program;
}

/** Where the service is may be said before the command as well as behind it. */
function behindTheCommand(args: readonly string[]): string[] {
  const command = args.findIndex((arg) => entries[arg] !== undefined);
  const moved: string[] = [];
  const kept: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? '';
    const isBefore = at < command;
    if (isBefore && /^--(?:url|key)=|^--json$/.test(arg)) moved.push(arg);
    else if (isBefore && /^--(?:url|key)$/.test(arg)) moved.push(arg, args[++at] ?? '');
    else kept.push(arg);
  }
  return [...kept, ...moved];
}

function requireNode(name: string, needed = 0): void {
  if (Number(process.versions.node.split('.')[0]) >= needed) return;
  throw new Error(`clip-icm ${name} needs Node ${needed} or later; this is ${process.version}.`);
}

function throwInsteadOfExit(command: Command): void {
  command.exitOverride();
  command.showHelpAfterError('Add --help to see how it is used.');
  for (const child of command.commands) throwInsteadOfExit(child);
}
