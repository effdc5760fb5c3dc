// Which service a command talks to, and as whom: flags, then environment, then the config file, then the local stack
// that runs from this checkout.

import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { type Command, Option } from 'commander';
import { z } from 'zod';
import { type ClipIcmClient, createClient } from '#client/client.ts';
import { readDevelopmentKey } from '../infra/local/development-key.ts';
import type { OutputOptions } from './terminal/output.ts';

const Config = z.strictObject({ url: z.url().optional(), key: z.string().min(1).optional() });
type Config = z.infer<typeof Config>;

export type ConnectionOptions = OutputOptions & { readonly url?: string; readonly key?: string };

/** Adds `--url`, `--key` and `--json`. */
export function withConnection(command: Command): Command {
  return command
    .addOption(new Option('--url <address>', 'of the service').env('CLIP_ICM_URL'))
    .addOption(new Option('--key <key>', 'API key').env('CLIP_ICM_KEY'))
    .option('--json', 'print JSON');
}

export async function connect(options: ConnectionOptions): Promise<ClipIcmClient> {
  return createClient(
    await resolveConnection(options, { configFile: configFile(), stateDirectory: '.data' }),
  );
}

/** Throws where no address or key is to be found, and says where they may stand. */
export async function resolveConnection(
  options: Pick<ConnectionOptions, 'url' | 'key'>,
  places: { readonly configFile: string; readonly stateDirectory: string },
): Promise<{ url: string; key: string }> {
  const config = await readConfig(places.configFile);
  const local = await readDevelopmentKey(places.stateDirectory);
  const url = options.url ?? config.url ?? local?.url;
  // A key goes only to the service it was given for: the local stack's key stays with the local stack.
  const key = options.key ?? config.key ?? (url === local?.url ? local?.key : undefined);
  if (url !== undefined && key !== undefined) return { url, key };
  const missing = url === undefined ? 'address' : 'key';
  throw new Error(
    `No ${missing} of a service: use --${url === undefined ? 'url' : 'key'}, CLIP_ICM_URL and CLIP_ICM_KEY, or ` +
      `${places.configFile} with {"url", "key"}; or run "clip-icm serve" ("npm start" in a checkout) here first.`,
  );
}

function configFile(): string {
  const base = process.env.XDG_CONFIG_HOME || path.join(homedir(), '.config');
  return path.join(base, 'clip-icm', 'config.json');
}

async function readConfig(file: string): Promise<Config> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return {};
  try {
    return Config.parse(JSON.parse(text));
  } catch {
    throw new Error(`${file} is not a JSON object with "url" and "key".`);
  }
}
