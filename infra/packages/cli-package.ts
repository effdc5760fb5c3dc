// The command line as a package: built to JavaScript, with the edge, the embedded model and the sample pictures, so that
// `npx clip-icm demo` runs the whole system. Only native parts stay dependencies, and optional ones: a service somewhere
// else can be talked to without them.

import { globSync } from 'node:fs';
import { chmod, copyFile, cp, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { rolldown } from 'rolldown';
import packageJson from '../../package.json' with { type: 'json' };
import { writePrebuilt } from '../prebuild.ts';
import { projectRoot } from '../project-root.ts';
import { collectLicences } from './licences.ts';
import { ownPlace } from './own-place.ts';

export const cliPackageName = 'clip-icm';

/** Native, or bringing programs of their own. */
const optional = ['miniflare', 'onnxruntime-node', 'sharp'] as const;

const oldestNode = 20;

/** Fills `directory`, which is empty, with what is to be packed. */
export async function writeCliPackage(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  await Promise.all([
    writeCode(directory),
    writePrebuilt(path.join(directory, 'prebuilt')),
    copyProject(directory),
  ]);
  await writeFile(path.join(directory, 'start.cjs'), startCode);
  await chmod(path.join(directory, 'start.cjs'), 0o755);
  const manifest = {
    name: cliPackageName,
    version: packageJson.version,
    description: packageJson.description,
    license: packageJson.license,
    type: 'module',
    engines: { node: `>=${oldestNode}` },
    bin: { 'clip-icm': './start.cjs' },
    optionalDependencies: Object.fromEntries(optional.map((name) => [name, packageJson.dependencies[name]])),
  };
  await writeFile(path.join(directory, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
  await writeFile(path.join(directory, 'README.md'), readme);
}

async function writeCode(directory: string): Promise<void> {
  const threads = globSync('{cli,gpu-worker}/**/*-thread.ts', { cwd: projectRoot });
  const entries = [
    'cli/main.ts',
    'gpu-worker/main.ts',
    ...threads.filter((file) => !file.endsWith('/serve-thread.ts')),
  ];
  const build = await rolldown({
    input: Object.fromEntries(
      entries.map((file) => [file.replace(/\.ts$/, ''), path.join(projectRoot, file)]),
    ),
    platform: 'node',
    // Wrangler and Vite build what is built here already.
    external: [...optional, 'wrangler', /^node:/],
    plugins: [ownPlace()],
  });
  const output = await build.write({
    dir: directory,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'lib/[name]-[hash].js',
  });
  await build.close();
  await writeFile(path.join(directory, 'LICENCES-OF-OTHERS'), await collectLicences(output));
}

/** What the code looks for on disk, at the places where it looks. */
async function copyProject(directory: string): Promise<void> {
  const migrations = 'edge/migrations';
  await cp(path.join(projectRoot, migrations), path.join(directory, migrations), { recursive: true });
  const model = 'gpu-worker/models/nano-clip';
  await cp(path.join(projectRoot, model), path.join(directory, model), {
    recursive: true,
    // What the project's own tests compare with.
    filter: (file) => !path.basename(file).startsWith('reference.'),
  });
  for (const name of ['LICENSE', 'NOTICE']) {
    await copyFile(path.join(projectRoot, name), path.join(directory, name));
  }
}

const startCode = `#!/usr/bin/env node
// Old versions cannot even read what follows: they are told here.
if (Number(process.versions.node.split('.')[0]) >= ${oldestNode}) import('./cli/main.js');
else {
  process.stderr.write('clip-icm needs Node ${oldestNode} or later; this is ' + process.version + '.\\n');
  process.exitCode = 2;
}
`;

const readme = `# ${cliPackageName}

CLIP classifiers that hold up when the pictures change, from the command line.

\`\`\`sh
npx clip-icm --help
npx clip-icm demo       # the whole system on this machine in a minute; Node 24
npx clip-icm serve      # the same to keep, with a console in the browser; Node 24
npx clip-icm classify cat.png --labels cat,dog --url https://icm.example.com --key icm_live_…
\`\`\`

Commands that talk to a service run on Node ${oldestNode} and later and need no dependency; \`npm install --omit=optional\`
leaves out what only \`demo\`, \`serve\`, \`evaluate\` and \`models\` need; the first three run on Node 24.
`;
