// Runs the steps of worker.Dockerfile without a container engine, each stage in a temporary directory, then starts the worker
// from the result as the image would: as another user who may write nothing there, answering its health check, ending on
// SIGTERM. By hand, `node infra/docker/rehearse.ts`: it installs packages and takes a minute.
//
// What it cannot show: the base image itself, RUN steps marked `# rehearsal: skip`, networks and mounts of an engine.

import { spawnSync } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { listBuildContext } from './build-context.ts';
import { type Instruction, parseDockerfile, parsePairs, type Stage } from './dockerfile.ts';
import { tryWorker } from './try-worker.ts';

const projectRoot = join(import.meta.dirname, '../..');

type StageState = { readonly root: string; workdir: string; env: Record<string, string> };

type Rehearsal = {
  readonly base: string;
  readonly stages: Map<string, StageState>;
  readonly context: readonly string[];
};

async function rehearse(dockerfile: string): Promise<void> {
  const base = await mkdtemp(join(tmpdir(), 'rehearsal-'));
  await chmod(base, 0o755);
  try {
    const stages = parseDockerfile(await readFile(dockerfile, 'utf8'));
    const rehearsal = { base, stages: new Map(), context: await listBuildContext(projectRoot) };
    let last: { stage: Stage; state: StageState } | undefined;
    for (const [index, stage] of stages.entries()) {
      last = { stage, state: await runStage(rehearsal, stage, stage.name ?? String(index)) };
    }
    if (last === undefined) throw new Error(`${dockerfile} has no stage`);
    await tryWorker({ ...last.state, instructions: last.stage.instructions });
  } finally {
    await rm(base, { recursive: true, force: true });
  }
}

async function runStage(rehearsal: Rehearsal, stage: Stage, name: string): Promise<StageState> {
  console.log(`\nFROM ${stage.base} AS ${name}`);
  const parent = rehearsal.stages.get(stage.base);
  const state: StageState = {
    root: join(rehearsal.base, name),
    workdir: parent?.workdir ?? '/',
    env: { ...parent?.env },
  };
  await mkdir(state.root);
  if (parent !== undefined) await cp(parent.root, state.root, { recursive: true, verbatimSymlinks: true });
  rehearsal.stages.set(name, state);
  for (const instruction of stage.instructions) await runInstruction(rehearsal, state, instruction);
  return state;
}

async function runInstruction(
  rehearsal: Rehearsal,
  state: StageState,
  instruction: Instruction,
): Promise<void> {
  const { keyword, text, skip } = instruction;
  console.log(`  ${keyword} ${text}${skip === undefined ? '' : `   -- left out: ${skip}`}`);
  if (skip !== undefined) return;
  if (keyword === 'WORKDIR') {
    state.workdir = text;
    await mkdir(join(state.root, text), { recursive: true });
  } else if (keyword === 'ENV' || keyword === 'ARG') {
    Object.assign(state.env, Object.fromEntries(parsePairs(text)));
  } else if (keyword === 'RUN') {
    run(state, text);
  } else if (keyword === 'COPY') {
    await copy(rehearsal, state, instruction);
  }
}

function run(state: StageState, command: string): void {
  const { status } = spawnSync('sh', ['-ec', command], {
    cwd: join(state.root, state.workdir),
    env: {
      ...process.env,
      ...state.env,
      PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}`,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) throw new Error(`ended with ${status}: ${command}`);
}

/** From another stage, or from the build context as .dockerignore leaves it. A directory gives its content, as in Docker. */
async function copy(rehearsal: Rehearsal, state: StageState, { flags, text }: Instruction): Promise<void> {
  const words = text.split(' ');
  const target = words.pop() ?? '.';
  for (const source of words) {
    const into = target.endsWith('/') || words.length > 1;
    if (flags.from === undefined) {
      await copyFromContext(rehearsal, state, source, { target, into });
    } else {
      const from = rehearsal.stages.get(flags.from);
      if (from === undefined) throw new Error(`no stage ${flags.from}`);
      await cp(join(from.root, source), resolveTarget(state, target), {
        recursive: true,
        verbatimSymlinks: true,
      });
    }
  }
}

async function copyFromContext(
  rehearsal: Rehearsal,
  state: StageState,
  source: string,
  { target, into }: { readonly target: string; readonly into: boolean },
): Promise<void> {
  const isFile = (await stat(join(projectRoot, source))).isFile();
  const inside = rehearsal.context.filter((path) =>
    isFile ? path === source : path.startsWith(`${source}/`),
  );
  if (inside.length === 0) throw new Error(`${source} is not in the build context`);
  const base = resolveTarget(state, isFile && into ? join(target, basename(source)) : target);
  for (const path of inside) {
    await cp(join(projectRoot, path), join(base, path.slice(source.length)));
  }
}

function resolveTarget(state: StageState, target: string): string {
  return target.startsWith('/') ? join(state.root, target) : join(state.root, state.workdir, target);
}

await rehearse(join(import.meta.dirname, 'worker.Dockerfile'));
