// Whether what wrangler.toml names is there: the database by its id, the bucket, secrets, migrations; and whether the workers
// answer. Asks by wrangler and changes nothing.

import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import type { CheckedConfig } from './check-config.ts';
import type { DeployedEnvironment } from './placeholders.ts';

const secrets = ['KEY_PEPPER', 'ADMIN_SECRET', 'WORKER_SECRET'] as const;
const optionalSecret = 'METRICS_SECRET';
const readyTimeoutMs = 10_000;

type Said = { readonly code: number | null; readonly out: string };

/** One line for each thing that is wrong; `workers` are the addresses that must be ready. */
export async function checkAccount(
  config: CheckedConfig,
  environment: DeployedEnvironment,
  workers: readonly string[],
): Promise<string[]> {
  const [database, bucket, kept, migrations, endpoints] = await Promise.all([
    checkDatabase(config),
    checkBucket(config),
    checkSecrets(environment),
    checkMigrations(environment),
    checkEndpoints(workers),
  ]);
  return [...database, ...bucket, ...kept, ...migrations, ...endpoints];
}

async function checkDatabase({ d1_databases: [database] }: CheckedConfig): Promise<string[]> {
  if (database === undefined) return [];
  const { database_name: name, database_id: id } = database;
  const { code, out } = await wrangler(['d1', 'info', name, '--json']);
  if (code !== 0) return [`The account has no database ${name}: \`wrangler d1 create ${name}\`.`];
  return out.includes(id) ? [] : [`The database ${name} of the account has another id than ${id}.`];
}

async function checkBucket({ r2_buckets: [bucket] }: CheckedConfig): Promise<string[]> {
  if (bucket === undefined) return [];
  const { bucket_name: name } = bucket;
  const { code } = await wrangler(['r2', 'bucket', 'info', name]);
  return code === 0 ? [] : [`The account has no bucket ${name}: \`wrangler r2 bucket create ${name}\`.`];
}

/** A first deployment has nothing yet that could hold secrets: they are set after it. */
async function checkSecrets(environment: DeployedEnvironment): Promise<string[]> {
  const { code, out } = await wrangler(['secret', 'list', '--env', environment, '--format', 'json']);
  if (code !== 0) {
    console.warn(
      `Secrets could not be listed. If this is the first deployment, set them after it: wrangler secret bulk FILE --env ${environment}`,
    );
    return [];
  }
  if (!out.includes(`"${optionalSecret}"`)) {
    console.log(
      `${optionalSecret} is not set: only ADMIN_SECRET reads metrics. wrangler secret put ${optionalSecret} --env ${environment}`,
    );
  }
  return secrets
    .filter((name) => !out.includes(`"${name}"`))
    .map((name) => `The secret ${name} is not set: \`wrangler secret put ${name} --env ${environment}\`.`);
}

async function checkMigrations(environment: DeployedEnvironment): Promise<string[]> {
  const { code, out } = await wrangler(['d1', 'migrations', 'list', 'DB', '--env', environment, '--remote']);
  if (code === 0 && out.includes('No migrations to apply')) return [];
  const apply = `\`wrangler d1 migrations apply DB --env ${environment} --remote\``;
  if (code !== 0)
    return ['Migrations could not be listed: is the database there, and the token good for D1?'];
  const pending = [...out.matchAll(/\b\d{4}_\w+\.sql\b/g)].map(([name]) => name);
  return [`Migrations are not applied (${pending.join(', ') || 'see wrangler'}): ${apply}.`];
}

async function checkEndpoints(endpoints: readonly string[]): Promise<string[]> {
  const faults = endpoints.map(async (endpoint) => {
    const address = `${endpoint.trim().replace(/\/$/, '')}/readyz`;
    try {
      const answer = await fetch(address, { signal: AbortSignal.timeout(readyTimeoutMs) });
      await answer.body?.cancel();
      return answer.ok ? [] : [`${address} answers ${answer.status}: the workers are not ready.`];
    } catch {
      return [`${address} does not answer. (--skip-endpoints deploys all the same.)`];
    }
  });
  return (await Promise.all(faults)).flat();
}

/** What it says, on either stream. */
async function wrangler(args: readonly string[]): Promise<Said> {
  const child = spawn('wrangler', args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false', WRANGLER_HIDE_BANNER: 'true', NO_COLOR: '1' },
  });
  const said = Promise.all([text(child.stdout), text(child.stderr)]);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  return { code, out: (await said).join('\n') };
}
