// The tenant and key of a local stack's developer, made once through the admin API and kept beside the state.

import { chmod, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { createClient } from '#client/client.ts';
import type { LocalStack } from './open-local-stack.ts';

const DevelopmentKey = z.object({
  /** Of the stack that runs, or ran last: where the CLI looks when it is told nothing else. */
  url: z.string(),
  key: z.string(),
});
export type DevelopmentKey = z.infer<typeof DevelopmentKey>;

function developmentKeyFile(stateDirectory: string): string {
  return path.join(stateDirectory, 'development-key.json');
}

/** The key kept in this state directory; `undefined` where no stack has run on it. */
export async function readDevelopmentKey(stateDirectory: string): Promise<DevelopmentKey | undefined> {
  try {
    return DevelopmentKey.parse(JSON.parse(await readFile(developmentKeyFile(stateDirectory), 'utf8')));
  } catch {
    return undefined;
  }
}

/** The kept key while the edge still knows it, else a new tenant's. */
export async function ensureDevelopmentKey(stack: LocalStack): Promise<string> {
  const kept = await readDevelopmentKey(stack.stateDirectory);
  const key = kept !== undefined && (await isKnown(stack.url, kept.key)) ? kept.key : await makeKey(stack);
  const file = developmentKeyFile(stack.stateDirectory);
  await writeFile(file, `${JSON.stringify({ url: stack.url, key }, undefined, 2)}\n`, { mode: 0o600 });
  await chmod(file, 0o600);
  return key;
}

async function makeKey(stack: LocalStack): Promise<string> {
  const admin = createClient({ url: stack.url, key: stack.secrets.adminSecret }).admin;
  const { key } = await admin.tenants.create({ name: 'development' });
  return key.key;
}

async function isKnown(url: string, key: string): Promise<boolean> {
  const response = await fetch(`${url}/v1/keys?limit=1`, { headers: { authorization: `Bearer ${key}` } });
  await response.body?.cancel();
  return response.ok;
}
