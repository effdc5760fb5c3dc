// The client as a package of its own: one ES module without dependencies, its declarations, a page of documentation.

import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { rolldown } from 'rolldown';
import packageJson from '../../package.json' with { type: 'json' };
import { projectRoot } from '../project-root.ts';
import { writeClientDeclarations } from './client-declarations.ts';
import { collectLicences } from './licences.ts';

export const clientPackageName = 'clip-icm-client';

/** Fills `directory`, which is empty, with what is to be packed. */
export async function writeClientPackage(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  const build = await rolldown({
    input: path.join(projectRoot, 'client/client.ts'),
    platform: 'neutral',
    resolve: { mainFields: ['module', 'main'] },
    external: () => false,
  });
  const output = await build.write({ file: path.join(directory, 'client.js'), format: 'esm' });
  await build.close();
  await writeFile(path.join(directory, 'LICENCES-OF-OTHERS'), await collectLicences(output));
  await writeClientDeclarations(path.join(directory, 'types'));
  const manifest = {
    name: clientPackageName,
    version: packageJson.version,
    description: 'Typed client of the clip-icm service, for Node, browsers, Workers and Deno.',
    license: packageJson.license,
    type: 'module',
    sideEffects: false,
    engines: { node: '>=20' },
    exports: { '.': { types: './types/client.d.ts', default: './client.js' } },
    files: ['client.js', 'types', 'LICENCES-OF-OTHERS'],
  };
  await writeFile(path.join(directory, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
  await writeFile(path.join(directory, 'README.md'), readme);
  await copyFile(path.join(projectRoot, 'LICENSE'), path.join(directory, 'LICENSE'));
}

const readme = `# ${clientPackageName}

Every call of a clip-icm service, typed. Runs wherever there is \`fetch\`: Node 20 and later, browsers, Workers, Deno.

\`\`\`js
import { createClient } from '${clientPackageName}';

const client = createClient({ url: 'http://127.0.0.1:8787', key: 'icm_dev_…' });
const answer = await client.classifications.picture(bytes, { labels: ['cat', 'dog'] });
console.log(answer.results[0]);
\`\`\`

Calls throw \`ClipIcmError\` (the service's problem document), \`ClipIcmConnectionError\` (no answer) or, from
\`jobs.wait\`, \`ClipIcmJobError\`. What may be repeated is retried with growing pauses.
`;
