// `clip-icm keys`: make, look at, disable, rotate and revoke API keys.

import { Command } from 'commander';
import { scopes } from '#shared/contracts/names.ts';
import type { Key, KeyCreated, Scope } from '#shared/contracts/tenant.ts';
import { type ConnectionOptions, connect, withConnection } from '../connection.ts';
import { formatTable, print } from '../terminal/output.ts';
import { someOf, wholeNumber } from '../terminal/parse-option.ts';

type CreateOptions = ConnectionOptions & {
  readonly scopes?: Scope[];
  readonly expires?: string;
  readonly requestsPerMinute?: number;
};

export function keysCommand(): Command {
  const command = new Command('keys').description('make, rotate and revoke API keys');
  const add = (usage: string, description: string) =>
    withConnection(command.command(usage)).description(description);
  add('list', 'all of them; secrets are not kept').action(list);
  add('create <name>', 'its secret is shown this once')
    .option('--scopes <scopes>', `comma-separated; default all: ${scopes.join(', ')}`, someOf(scopes))
    .option('--expires <time>', 'e.g. 2027-01-31T00:00:00Z')
    .option('--requests-per-minute <number>', 'at most', wholeNumber(1, 1_000_000))
    .action(create);
  add('disable <key>', 'until it is enabled again').action((id, options) => setDisabled(id, true, options));
  add('enable <key>', 'after it was disabled').action((id, options) => setDisabled(id, false, options));
  add('rotate <key>', 'a new key with the same rights')
    .option('--grace <seconds>', 'how long the old one works on', wholeNumber(0, 7 * 86_400), 86_400)
    .action(rotate);
  add('revoke <key>', 'refused everywhere within 30 s').action(revoke);
  return command;
}

async function list(options: ConnectionOptions): Promise<void> {
  const keys = await (await connect(options)).keys.all();
  print(
    options,
    keys,
    formatTable(['key', 'name', 'status', 'scopes', 'expires', 'last used'], keys.map(keyRow), 'No keys.'),
  );
}

function keyRow({ id, name, status, scopes: granted, expiresAt, lastUsedAt }: Key): string[] {
  return [id, name, status, granted.join(' '), expiresAt ?? 'never', lastUsedAt ?? 'never'];
}

async function create(name: string, options: CreateOptions): Promise<void> {
  const { scopes: granted, expires: expiresAt, requestsPerMinute } = options;
  const request = { name, scopes: granted, expiresAt, requestsPerMinute };
  show(options, await (await connect(options)).keys.create(request));
}

async function setDisabled(id: string, disabled: boolean, options: ConnectionOptions): Promise<void> {
  const key = await (await connect(options)).keys.update(id, { disabled });
  print(options, key, `${key.name} is ${key.status}.`);
}

async function rotate(id: string, options: ConnectionOptions & { grace: number }): Promise<void> {
  show(options, await (await connect(options)).keys.rotate(id, { graceSeconds: options.grace }));
}

async function revoke(id: string, options: ConnectionOptions): Promise<void> {
  await (await connect(options)).keys.revoke(id);
  print(options, { revoked: id }, `Revoked ${id}.`);
}

/** The one moment the secret is seen. On stdout alone, so that it can be piped to where it belongs. */
function show(options: ConnectionOptions, created: KeyCreated): void {
  if (options.json !== true) process.stderr.write(`${created.name} (${created.id}), shown only now:\n`);
  print(options, created, created.key);
}
