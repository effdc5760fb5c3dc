// The Dockerfiles as text: a linter finds nothing, what they copy is there, what runs is copied, and nobody runs as root.
// Building and starting them needs an engine: .github/workflows/ci.yml does both.

import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Copy, DockerfileParser, type Env, type From, type Instruction } from 'dockerfile-ast';
import { validate } from 'dockerfile-utils';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const projectRoot = join(import.meta.dirname, '../../..');
const read = (path: string) => readFileSync(join(projectRoot, path), 'utf8');
const packageJson = JSON.parse(read('package.json'));
const files = ['worker', 'worker-cuda', 'local-edge'].map((name) => `infra/docker/${name}.Dockerfile`);

/** A FROM and what follows it up to the next. */
type Stage = { readonly from: From; readonly instructions: readonly Instruction[] };

function stagesOf(path: string): Stage[] {
  const dockerfile = DockerfileParser.parse(read(path));
  const lineOf = (instruction: Instruction) => instruction.getRange().start.line;
  return dockerfile.getFROMs().map((from, index, all) => {
    const next = all[index + 1];
    const end = next === undefined ? Number.POSITIVE_INFINITY : lineOf(next);
    const instructions = dockerfile
      .getInstructions()
      .filter((each) => lineOf(each) > lineOf(from) && lineOf(each) < end);
    return { from, instructions };
  });
}

function lastStage(path: string): Stage {
  const stage = stagesOf(path).at(-1);
  if (stage === undefined) throw new Error(`${path} has no stage`);
  return stage;
}

/** What stands after the last such keyword, without its flags. */
function textOf({ instructions }: Stage, keyword: string): string {
  const last = instructions.findLast((instruction) => instruction.getKeyword() === keyword);
  return last?.getArgumentsContent() ?? '';
}

function copiesOf({ instructions }: Stage): Copy[] {
  return instructions.filter((instruction): instruction is Copy => instruction.getKeyword() === 'COPY');
}

/** Paths that a stage's COPY instructions take from the repository, not from another stage. */
function copiedFromContext(stage: Stage): string[] {
  return copiesOf(stage)
    .filter((copy) => copy.getFromFlag() === null)
    .flatMap((copy) => copy.getArguments().slice(0, -1))
    .map((argument) => argument.getValue());
}

const ignoreLines = read('.dockerignore')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));

describe.each(files)('%s', (path) => {
  const stages = stagesOf(path);

  it('passes the linter', () => {
    expect(validate(read(path)).map(({ message, range }) => `${range.start.line + 1}: ${message}`)).toEqual(
      [],
    );
  });

  it('starts from exact versions, of the Node that the project is tested with', () => {
    const values = new Map(
      [...read(path).matchAll(/^ARG (\w+)=(\S+)$/gm)].map(([, name, value]) => [name, value]),
    );
    const names = stages.map(({ from }) => from.getBuildStage());
    for (const { from } of stages) {
      const image = from.getImage() ?? '';
      const resolved = image.replace(/\$\{(\w+)\}/g, (_, name) => values.get(name) ?? '');
      expect(names.includes(image) || /:(?:\d+\.\d+\.\d+-|cpu$)/.test(resolved)).toBe(true);
    }
    expect(values.get('NODE_VERSION') ?? packageJson.devDependencies.node).toBe(
      packageJson.devDependencies.node,
    );
  });

  it('copies only what is there and let through by .dockerignore, and only from stages before', () => {
    for (const [index, stage] of stages.entries()) {
      for (const source of copiedFromContext(stage)) {
        expect(existsSync(join(projectRoot, source))).toBe(true);
        expect(ignoreLines).toContain(`!${source.split('/')[0]}`);
      }
      const earlier = stages.slice(0, index).map(({ from }) => from.getBuildStage());
      for (const copy of copiesOf(stage)) {
        const flag = copy.getFromFlag();
        if (flag !== null) expect(earlier).toContain(flag.getValue());
      }
    }
  });

  it('runs as a numbered user that is not root, with a health check and a stop signal', () => {
    const stage = lastStage(path);
    expect(textOf(stage, 'USER')).toBe('10001:10001');
    expect(textOf(stage, 'STOPSIGNAL')).toBe('SIGTERM');
    expect(textOf(stage, 'HEALTHCHECK')).toMatch(/^CMD \[/);
  });

  it('runs files that exist, without a shell in between that would swallow the signal', () => {
    const stage = lastStage(path);
    for (const text of [textOf(stage, 'CMD'), textOf(stage, 'HEALTHCHECK').replace('CMD ', '')]) {
      const [program, script = ''] = JSON.parse(text);
      expect(program).toBe('node');
      expect(existsSync(join(projectRoot, script))).toBe(true);
    }
  });
});

describe('the worker images', () => {
  it.each(['worker', 'worker-cuda'])('%s sets only variables that the worker reads', (name) => {
    const known = read('gpu-worker/env.ts');
    const variables = lastStage(`infra/docker/${name}.Dockerfile`)
      .instructions.filter((instruction): instruction is Env => instruction.getKeyword() === 'ENV')
      .flatMap((instruction) => instruction.getProperties().map((property) => property.getName()));
    expect(variables).toContain('ICM_EXECUTION_PROVIDER');
    for (const variable of variables) {
      if (variable !== 'NODE_ENV') expect(known).toMatch(new RegExp(`\\b${variable}:`));
    }
  });

  it('hold every directory and package that the worker imports', () => {
    const path = 'infra/docker/worker.Dockerfile';
    const present = copiedFromContext(lastStage(path));
    const pruned = [...read(path).matchAll(/dependencies\.([\w-]+)/g)].map(([, name]) => name);
    const packages = Object.keys(packageJson.dependencies).filter((name) => !pruned.includes(name));
    const sources = globSync(
      ['gpu-worker/**/*.ts', 'shared/**/*.ts', 'cli/models/*.ts', 'infra/models/*.ts'],
      { cwd: projectRoot },
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
  it('is what is named and nothing else', () => {
    expect(ignoreLines[0]).toBe('*');
    expect(ignoreLines).not.toContain('!.git');
    expect(ignoreLines).not.toContain('!.data');
  });

  it('leaves out secrets and packages wherever they lie: in Docker the last pattern that matches decides', () => {
    const lastNamed = ignoreLines.findLastIndex((line) => line.startsWith('!') && !line.includes('/'));
    for (const pattern of ['**/node_modules', '**/.dev.vars', '**/.env*', 'gpu-worker/models/*']) {
      expect(ignoreLines.indexOf(pattern)).toBeGreaterThan(lastNamed);
    }
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
