// The Dockerfiles read as data: what they copy is there, what runs is copied, and nobody runs as root. Building them needs an
// engine; infra/docker/rehearse.ts goes as far as one can without.

import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { listBuildContext, parseDockerignore } from '../../../infra/docker/build-context.ts';
import { parseDockerfile, parseExecForm, parsePairs, type Stage } from '../../../infra/docker/dockerfile.ts';

const projectRoot = join(import.meta.dirname, '../../..');
const read = (path: string) => readFileSync(join(projectRoot, path), 'utf8');
const packageJson = JSON.parse(read('package.json'));
const files = ['worker', 'worker-cuda', 'local-edge'].map((name) => `infra/docker/${name}.Dockerfile`);

function last(stages: readonly Stage[]): Stage {
  const stage = stages.at(-1);
  if (stage === undefined) throw new Error('no stage');
  return stage;
}

function textOf(stage: Stage, keyword: string): string {
  return stage.instructions.findLast((instruction) => instruction.keyword === keyword)?.text ?? '';
}

/** Sources of all COPY instructions that read the build context. */
function copied(stages: readonly Stage[]): string[] {
  return stages
    .flatMap(({ instructions }) => instructions)
    .filter(({ keyword, flags }) => keyword === 'COPY' && flags.from === undefined)
    .flatMap(({ text }) => text.split(' ').slice(0, -1));
}

describe.each(files)('%s', (path) => {
  const stages = parseDockerfile(read(path));

  it('starts from exact versions, of the Node that the project is tested with', () => {
    for (const { base } of stages) {
      const isEarlierStage = stages.some(({ name }) => name === base);
      expect(isEarlierStage || /:(?:\d+\.\d+\.\d+-|cpu$)/.test(base)).toBe(true);
    }
    const version = /NODE_VERSION=(\S+)/.exec(read(path))?.[1] ?? packageJson.devDependencies.node;
    expect(version).toBe(packageJson.devDependencies.node);
  });

  it('copies only what the build context has, and only from stages before', async () => {
    const context = await listBuildContext(projectRoot);
    for (const source of copied(stages)) {
      expect(context.some((file) => file === source || file.startsWith(`${source}/`))).toBe(true);
    }
    for (const [index, { instructions }] of stages.entries()) {
      const earlier = stages.slice(0, index).map(({ name }) => name);
      for (const { flags } of instructions) {
        if (flags.from !== undefined) expect(earlier).toContain(flags.from);
      }
    }
  });

  it('runs as a numbered user that is not root, with a health check and a stop signal', () => {
    expect(textOf(last(stages), 'USER')).toBe('10001:10001');
    expect(textOf(last(stages), 'STOPSIGNAL')).toBe('SIGTERM');
    expect(textOf(last(stages), 'HEALTHCHECK')).toMatch(/^CMD \[/);
  });

  it('runs files that exist, without a shell in between that would swallow the signal', () => {
    for (const text of [
      textOf(last(stages), 'CMD'),
      textOf(last(stages), 'HEALTHCHECK').replace('CMD ', ''),
    ]) {
      const [program, script = ''] = parseExecForm(text) ?? [];
      expect(program).toBe('node');
      expect(existsSync(join(projectRoot, script))).toBe(true);
    }
  });
});

describe('the worker images', () => {
  const workerStages = parseDockerfile(read('infra/docker/worker.Dockerfile'));

  it.each(['worker', 'worker-cuda'])('%s sets only variables that the worker reads', (name) => {
    const stage = last(parseDockerfile(read(`infra/docker/${name}.Dockerfile`)));
    const known = read('gpu-worker/env.ts');
    for (const [variable] of parsePairs(textOf(stage, 'ENV'))) {
      if (variable !== 'NODE_ENV') expect(known).toMatch(new RegExp(`\\b${variable}:`));
    }
  });

  it('hold every directory and package that the worker imports', () => {
    const present = copied([last(workerStages)]);
    const pruned = [...read('infra/docker/worker.Dockerfile').matchAll(/dependencies\.([\w-]+)/g)].map(
      ([, name]) => name,
    );
    const packages = Object.keys(packageJson.dependencies).filter((name) => !pruned.includes(name));
    const sources = globSync(
      ['gpu-worker/**/*.ts', 'shared/**/*.ts', 'cli/models/*.ts', 'infra/models/*.ts'],
      {
        cwd: projectRoot,
      },
    );
    const specifiers = sources.flatMap((file) =>
      [...read(file).matchAll(/^(?:import|export) (?!type )[^;]*?from '([^']+)'/gm)].map(
        ([, name = '']) => name,
      ),
    );
    for (const specifier of new Set(specifiers)) {
      if (specifier.startsWith('#shared/')) expect(present).toContain('shared');
      else if (!/^(?:\.|node:|#)/.test(specifier)) {
        const [scope = '', name] = specifier.split('/');
        expect(packages).toContain(scope.startsWith('@') ? `${scope}/${name}` : scope);
      }
    }
    expect(specifiers.length).toBeGreaterThan(50);
  });
});

describe('the build context', () => {
  it('holds no secret, no state and nobody else’s packages', async () => {
    const context = await listBuildContext(projectRoot);
    expect(context).toContain('gpu-worker/models/nano-clip/config.json');
    expect(
      context.filter((path) => /(?:^|\/)(?:\.git|\.data|\.dev\.vars|\.env|node_modules)/.test(path)),
    ).toEqual([]);
  });

  it('follows the last pattern that matches, as Docker does', () => {
    const ignored = parseDockerignore('*\n!src\n**/.env*\nsrc/large/*\n!src/large/kept\n');
    expect(['README.md', '.git/config', 'src/.env.local', 'src/large/a/b'].map(ignored)).toEqual(
      Array(4).fill(true),
    );
    expect(['src/a.ts', 'src/large/kept/b'].map(ignored)).toEqual([false, false]);
  });
});

describe('compose.yaml', () => {
  const { services } = parse(read('infra/compose.yaml'));

  it('builds from Dockerfiles that exist and publishes on this machine alone', () => {
    for (const service of Object.values<Record<string, never>>(services)) {
      const { build, ports = [], read_only: readOnly, cap_drop: dropped } = service;
      expect(files).toContain(Object(build).dockerfile);
      for (const port of ports as string[]) expect(port).toMatch(/^127\.0\.0\.1:/);
      expect([readOnly, dropped]).toEqual([true, ['ALL']]);
    }
  });

  it('gives worker and edge the same secret, and neither a default', () => {
    const workerSecret = services.worker.environment.ICM_WORKER_SECRETS;
    expect(services.edge.environment.WORKER_SECRET).toBe(workerSecret);
    expect(workerSecret).toMatch(/^\$\{WORKER_SECRET:\?/);
  });
});

it('reads continuation lines, flags, comments and skipped steps', () => {
  const [stage] = parseDockerfile(
    'ARG V=1\nFROM base:$V AS one\n# rehearsal: skip (why)\nRUN --mount=type=x a \\\n  # aside\n && b\nCOPY --from=zero c d\n',
  );
  expect(stage).toEqual({
    base: 'base:1',
    name: 'one',
    instructions: [
      { keyword: 'RUN', flags: { mount: 'type=x' }, text: 'a && b', skip: 'why' },
      { keyword: 'COPY', flags: { from: 'zero' }, text: 'c d' },
    ],
  });
});
