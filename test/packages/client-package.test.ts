// The client as it is published: packed, installed outside the repository, and used where its users would use it.

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { Miniflare, Response } from 'miniflare';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildPackages } from '../../infra/packages/build.ts';
import { describeInBrowser } from '../browser/support/browser.ts';
import { openBrowser } from '../browser/support/chromium.ts';
import { type EmptyProject, installInto } from './support/empty-project.ts';
import { findNodes, findProgram } from './support/machine-node.ts';

const run = promisify(execFile);
const dataset = { id: 'ds_1', name: 'birds', pictures: 0, bytes: 0, environments: [], classes: [] };
const gone = { type: '/problems/not-found', title: 'Gone', status: 404, code: 'not-found', detail: 'No.' };

/** What a program with the client says of the service below, wherever it runs. */
const expected = { name: 'birds', code: 'not-found' };
const program = `
export async function ask(url) {
  const client = createClient({ url, key: 'icm_dev_key', maxRetries: 0 });
  const { name } = await client.datasets.get('birds');
  const error = await client.datasets.get('gone').catch((thrown) => thrown);
  return { name, code: error instanceof ClipIcmError ? error.code : String(error) };
}`;
const imports = "import { ClipIcmError, createClient } from 'clip-icm-client';";

let packed: string;
let tarball: string;
let project: EmptyProject;
let server: Server;
let url: string;

const answer = (pathname: string) =>
  pathname.endsWith('/birds') ? dataset : { ...gone, requestId: 'req_1' };

beforeAll(async () => {
  packed = await mkdtemp(path.join(tmpdir(), 'clip-icm-packed-'));
  tarball =
    (await buildPackages(path.join(packed, 'packages'), ['clip-icm-client']))['clip-icm-client'] ?? '';
  project = await installInto([tarball]);
  server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://service');
    const body = answer(pathname);
    const headers = {
      'access-control-allow-origin': '*',
      'access-control-allow-headers': '*, authorization',
    };
    response.writeHead('status' in body ? body.status : 200, {
      ...headers,
      'content-type': 'application/json',
    });
    response.end(request.method === 'OPTIONS' ? '' : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
});

afterAll(async () => {
  server?.close();
  await project?.remove();
  await rm(packed, { recursive: true, force: true });
});

const installed = (name: string) => path.join(project.directory, 'node_modules/clip-icm-client', name);

describe('the packed client', () => {
  it('is small and needs nothing else', async () => {
    expect((await stat(tarball)).size).toBeLessThan(100_000);
    const manifest = JSON.parse(await readFile(installed('package.json'), 'utf8'));
    expect(manifest).not.toHaveProperty('dependencies');
    expect(manifest).not.toHaveProperty('peerDependencies');
    expect(await readFile(installed('client.js'), 'utf8')).not.toMatch(/\bfrom ['"]|\brequire\(|\bimport\(/);
  });

  it.each(findNodes().map(({ file, major }) => [major, file]))('runs in Node %i', async (_, node) => {
    const file = await project.write(
      'use.js',
      `${imports}${program}\nconsole.log(JSON.stringify(await ask(process.argv[2])));`,
    );
    const { stdout, stderr } = await run(String(node), [file, url]);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual(expected);
  });

  const deno = findProgram('deno');
  it.skipIf(deno === undefined)(
    `runs in Deno${deno === undefined ? ' (none in PATH: not run)' : ''}`,
    async () => {
      const file = await project.write(
        'use-in-deno.ts',
        `${imports}${program.replace('url)', 'url: string)')}\nconsole.log(JSON.stringify(await ask(Deno.args[0] ?? '')));`,
      );
      const flags = ['run', '--check', '--no-remote', '--allow-net=127.0.0.1'];
      const options = {
        cwd: project.directory,
        env: { ...process.env, NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1' },
      };
      const { stdout } = await run(deno ?? '', [...flags, file, url], options);
      expect(JSON.parse(stdout)).toEqual(expected);
    },
  );

  it('runs in workerd', async () => {
    const miniflare = new Miniflare({
      modules: [
        {
          type: 'ESModule',
          path: 'worker.js',
          contents: `${imports.replace('clip-icm-client', './client.js')}${program}
            export default { fetch: async () => Response.json(await ask('http://service.test')) };`,
        },
        { type: 'ESModule', path: 'client.js', contents: await readFile(installed('client.js'), 'utf8') },
      ],
      compatibilityDate: '2026-07-01',
      cf: false,
      outboundService: (request: { readonly url: string }) => {
        const body = answer(new URL(request.url).pathname);
        return Response.json(body, { status: 'status' in body ? body.status : 200 });
      },
    });
    try {
      const response = await miniflare.dispatchFetch('http://worker.test/');
      expect(await response.json()).toEqual(expected);
    } finally {
      await miniflare.dispose();
    }
  });

  it.each(['node16', 'bundler'])('is typed without zod, Node or skipLibCheck (%s)', async (resolution) => {
    await project.write(
      'use.ts',
      `import { type ClipIcmClient, ClipIcmError, createClient } from 'clip-icm-client';
      const client: ClipIcmClient = createClient({ url: 'http://service.test', key: 'k' });
      export async function label(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
        const { results: [first] } = await client.classifications.picture(bytes, { labels: ['cat', 'dog'] });
        if (first === undefined || 'error' in first) return 'none';
        const probability: number = first.probability;
        return \`\${first.label} \${probability}\`;
      }
      // @ts-expect-error: no such field
      await client.datasets.create({ nam: 'birds' });
      // @ts-expect-error: no such estimator
      await client.projections.fit({ name: 'a', datasets: ['b'], estimator: 'best' });
      await client.projections.fit({ name: 'a', datasets: ['b'], estimator: 'icm', interventions: ['invert'] });
      const end: 'running' | 'queued' | 'succeeded' | 'failed' | 'cancelled' =
        (await client.jobs.wait('job_1', { onProgress: ({ stage }) => stage.toUpperCase() })).status;
      export const code: string | undefined = end instanceof ClipIcmError ? end.code : undefined;`
        .replace('end instanceof', '(end as unknown) instanceof')
        .replace('end.code', '(end as unknown as ClipIcmError).code'),
    );
    const module = resolution === 'node16' ? 'node16' : 'esnext';
    const compilerOptions = {
      strict: true,
      noEmit: true,
      lib: ['ES2022', 'DOM'],
      types: [],
      target: 'es2022',
    };
    await project.write(
      'tsconfig.json',
      JSON.stringify({
        compilerOptions: {
          ...compilerOptions,
          exactOptionalPropertyTypes: true,
          module,
          moduleResolution: resolution,
        },
        files: ['use.ts'],
      }),
    );
    const tsc = path.resolve('node_modules/typescript/bin/tsc');
    const checked = await run(process.execPath, [tsc, '-p', project.directory]).catch((error) => error);
    expect(checked.stdout).toBe('');
  });

  it('has the types that zod infers from the contracts', async () => {
    const types = path.join(packed, 'packages/clip-icm-client/types/contracts');
    const contracts = (await run('ls', [types])).stdout.match(/[\w-]+(?=\.d\.ts)/g) ?? [];
    const checks: string[] = [];
    for (const contract of contracts) {
      const text = await readFile(path.join(types, `${contract}.d.ts`), 'utf8');
      const ours = contract.replaceAll('-', '_');
      checks.push(
        `import * as ${ours} from '${path.resolve('shared/contracts', `${contract}.ts`)}';`,
        `import * as ${ours}_packed from '${types}/${contract}.js';`,
      );
      for (const [, name] of text.matchAll(/^export type (\w+) =/gm)) {
        checks.push(`same<z.output<typeof ${ours}.${name}>, ${ours}_packed.${name}>(true);`);
      }
      for (const [, name] of text.matchAll(/^export declare const (\w+): Schema<(?!unknown)/gm)) {
        checks.push(`same<z.input<typeof ${ours}.${name}>, (typeof ${ours}_packed.${name})['input']>(true);`);
      }
    }
    expect(checks.length).toBeGreaterThan(40);
    // Inside the repository for a moment: the contracts' own imports are found from there.
    const directory = await mkdtemp(path.resolve('dist-types-'));
    try {
      await writeFile(
        path.join(directory, 'check.ts'),
        `import type { z } from 'zod';
        declare function same<A, B>(yes: [A] extends [B] ? ([B] extends [A] ? true : false) : false): void;
        ${checks.join('\n')}`,
      );
      const config = {
        extends: path.resolve('tsconfig.json'),
        include: [`${directory}/check.ts`],
        exclude: [],
      };
      await writeFile(path.join(directory, 'tsconfig.json'), JSON.stringify(config));
      const tsc = path.resolve('node_modules/typescript/bin/tsc');
      const checked = await run(process.execPath, [tsc, '-p', directory]).catch((error) => error);
      expect(checked.stdout).toBe('');
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

describeInBrowser('the packed client in a browser', () => {
  it('runs as a module of a page', async () => {
    const browser = await openBrowser();
    try {
      const page = await browser.newPage();
      const client = await readFile(installed('client.js'), 'utf8');
      await page.route('**/page/*', (route) =>
        route.request().url().endsWith('.js')
          ? route.fulfill({ contentType: 'text/javascript', body: client })
          : route.fulfill({ contentType: 'text/html', body: '<title>page</title>' }),
      );
      await page.goto(`${url}/page/`);
      const code = `${imports.replace('clip-icm-client', `${url}/page/client.js`)}${program}
        globalThis.said = await ask(${JSON.stringify(url)});`;
      await page.addScriptTag({ type: 'module', content: code });
      await page.waitForFunction('globalThis.said !== undefined');
      const said = await page.evaluate('globalThis.said');
      expect(said).toEqual(expected);
    } finally {
      await browser.close();
    }
  });
});
