// `npm run deploy` and the check before a plain `wrangler deploy`, without an account: a stand-in for wrangler on PATH answers as
// the real one does, and writes down what it was asked.

import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { placeholdersIn } from '../../infra/deploy/placeholders.ts';

const databaseId = '3f2a9c1e-7b5d-4e8a-9c0f-1d2e3f4a5b6c';
const toml = await readFile('wrangler.toml', 'utf8');

let directory: string;
let worker: Server;
let ready = 200;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'clip-icm-deploy-'));
  worker = createServer((_request, response) => void response.writeHead(ready).end()).listen(0, '127.0.0.1');
  await new Promise((resolve) => worker.once('listening', resolve));
  const stub = path.join(directory, 'wrangler');
  await writeFile(stub, `#!${process.execPath}\n${wrangler}`);
  await chmod(stub, 0o755);
});

afterAll(async () => {
  worker?.closeAllConnections();
  worker?.close();
  await rm(directory, { recursive: true, force: true });
});

/** Answers from the environment; the last line of ASKED is what it was called with. */
const wrangler = `
const { appendFileSync } = require('node:fs');
const args = process.argv.slice(2).join(' ');
appendFileSync(process.env.ASKED, args + '\\n');
const answers = JSON.parse(process.env.ANSWERS);
for (const [start, { code = 0, out = '' }] of Object.entries(answers)) {
  if (!args.startsWith(start)) continue;
  process.stdout.write(out);
  process.exit(code);
}
process.exit(99);
`;

type Answers = Record<string, { readonly code?: number; readonly out?: string }>;

const good: Answers = {
  'd1 info clip-icm-production --json': { out: JSON.stringify({ uuid: databaseId }) },
  'r2 bucket info clip-icm-production': {},
  'secret list --env production --format json': {
    out: JSON.stringify(
      ['KEY_PEPPER', 'ADMIN_SECRET', 'WORKER_SECRET', 'METRICS_SECRET'].map((name) => ({ name })),
    ),
  },
  'd1 migrations list DB --env production --remote': { out: '✅ No migrations to apply!\n' },
  'deploy --env production': { out: 'Deployed\n' },
};

/** wrangler.toml filled in. */
function filled(endpoint: string): string {
  return toml
    .replaceAll('00000000-0000-0000-0000-000000000000', databaseId)
    .replace('https://workers.example.com', endpoint);
}

async function deploy(
  config: string,
  answers: Answers,
  args: readonly string[] = ['production'],
): Promise<{
  readonly code: number;
  readonly out: string;
  readonly faults: string[];
  readonly asked: string[];
}> {
  const file = path.join(directory, 'wrangler.toml');
  const asked = path.join(directory, 'asked');
  await Promise.all([writeFile(file, config), writeFile(asked, '')]);
  const env = {
    ...process.env,
    PATH: `${directory}:${process.env.PATH}`,
    ANSWERS: JSON.stringify(answers),
    ASKED: asked,
  };
  const { code, out, err } = await new Promise<{ code: number; out: string; err: string }>((resolve) => {
    const all = [
      '--disable-warning=ExperimentalWarning',
      'infra/deploy/deploy.ts',
      ...args,
      '--config',
      file,
    ];
    execFile(process.execPath, all, { env }, (failed, stdout, stderr) =>
      resolve({ code: failed === null ? 0 : Number(failed.code), out: stdout, err: stderr }),
    );
  });
  const lines = (text: string) => text.split('\n').filter((line) => line !== '');
  return { code, out, faults: lines(err), asked: lines(await readFile(asked, 'utf8')) };
}

/** This machine, by an address that does not look like it. */
const here = () => `http://0.0.0.0:${(worker.address() as AddressInfo).port}`;

describe('npm run deploy', () => {
  test('names every placeholder and every binding that an environment lacks, and asks nobody', async () => {
    const lacking = toml.replace(/^ {2}\{ binding = "WEBHOOK_WORKFLOW".*production.*\n/m, '');
    const { code, faults, asked } = await deploy(lacking, good);
    expect(code).toBe(1);
    expect(faults).toEqual([
      expect.stringMatching(/\[env\.production\]: database_id is a placeholder.*wrangler d1 create/),
      expect.stringMatching(/\[env\.production\]: WORKER_ENDPOINTS has the placeholder https:\/\/workers/),
      expect.stringMatching(/\[env\.production\]: the binding WEBHOOK_WORKFLOW of the top level is missing/),
    ]);
    expect(asked).toEqual([]);
  });

  test('deploys where everything is there', async () => {
    ready = 200;
    const { code, out, faults, asked } = await deploy(filled(here()), good);
    expect({ code, faults }).toEqual({ code: 0, faults: [] });
    expect(out).toMatch(/^Everything that production needs is there\.\n.*Deployed/s);
    expect(asked.at(-1)).toMatch(/^deploy --env production --config /);
    expect(asked.slice(0, -1).sort()).toEqual(
      Object.keys(good)
        .filter((call) => !call.startsWith('deploy'))
        .sort(),
    );
  });

  test('names everything that the account lacks, and deploys nothing', async () => {
    ready = 503;
    const { code, out, faults, asked } = await deploy(filled(here()), {
      'd1 info': { out: '{"uuid":"another"}' },
      'r2 bucket info': { code: 1 },
      'secret list': { out: '[{"name":"KEY_PEPPER"},{"name":"WORKER_SECRET"}]' },
      'd1 migrations list': { out: 'Migrations to be applied:\n│ 0010_webhooks.sql │\n' },
    });
    expect(code).toBe(1);
    expect(faults).toEqual([
      expect.stringMatching(/The database clip-icm-production of the account has another id than 3f2a9c1e/),
      expect.stringMatching(/no bucket clip-icm-production: `wrangler r2 bucket create/),
      expect.stringMatching(/ADMIN_SECRET is not set: `wrangler secret put ADMIN_SECRET --env production`/),
      expect.stringMatching(
        /not applied \(0010_webhooks\.sql\): `wrangler d1 migrations apply DB --env production --remote`/,
      ),
      expect.stringMatching(/\/readyz answers 503: the workers are not ready/),
    ]);
    expect(out).toMatch(/METRICS_SECRET is not set: only ADMIN_SECRET reads metrics/);
    expect(asked.some((call) => call.startsWith('deploy'))).toBe(false);
  });

  test('lets a first deployment pass, which has no secrets yet; only looks where it is asked to', async () => {
    const args = ['production', '--check', '--skip-endpoints'];
    const { code, faults, asked } = await deploy(
      filled(here()),
      { 'secret list': { code: 1 }, ...good },
      args,
    );
    expect(code).toBe(0);
    expect(faults).toEqual([expect.stringMatching(/set them after it: wrangler secret bulk/)]);
    expect(asked.some((call) => call.startsWith('deploy'))).toBe(false);
  });
});

describe('placeholders', () => {
  test.each([
    '',
    'http://127.0.0.1:8788',
    'http://localhost:1',
    'workers',
    'https://a.example.org, https://b.test',
  ])('are told of WORKER_ENDPOINTS = "%s"', (endpoints) => {
    expect(placeholdersIn(filled(endpoints), 'production')).toHaveLength(1);
  });

  test('in comments, and of other environments, are nobody’s fault', () => {
    expect(placeholdersIn(`# workers.example.com\n${filled('https://workers.test')}`, 'production')).toEqual(
      [],
    );
    expect(placeholdersIn(toml, 'staging')).toHaveLength(2);
    expect(placeholdersIn('[env.staging]\n', 'production')).toEqual([
      'wrangler.toml has no [env.production].',
    ]);
  });
});

test('a plain `wrangler deploy` is refused with the same lines, before it asks for an account', async () => {
  const env = { ...process.env, WRANGLER_SEND_METRICS: 'false', NO_COLOR: '1', CLOUDFLARE_API_TOKEN: 'none' };
  const wranglerBin = path.resolve('node_modules/wrangler/bin/wrangler.js');
  const args = [
    wranglerBin,
    'deploy',
    '--env',
    'production',
    '--dry-run',
    '--outdir',
    path.join(directory, 'out'),
  ];
  const said = await new Promise<string>((resolve) => {
    execFile(process.execPath, args, { env }, (failed, stdout, stderr) =>
      resolve(`${failed?.code}\n${stdout}\n${stderr}`),
    );
  });
  expect(said).toMatch(/^1\n/);
  expect(said).toContain('[custom build] wrangler.toml, in [env.production]: database_id is a placeholder.');
});
