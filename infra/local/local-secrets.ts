// The secrets of a local stack: made once, kept beside its state, readable by its owner only.

import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

const LocalSecrets = z.object({
  keyPepper: z.string().min(32),
  adminSecret: z.string().min(32),
  workerSecret: z.string().min(32),
});
export type LocalSecrets = z.infer<typeof LocalSecrets>;

export function createSecrets(): LocalSecrets {
  const secret = () => randomBytes(32).toString('base64url');
  return { keyPepper: secret(), adminSecret: secret(), workerSecret: secret() };
}

/** Those of the state in `directory`, which is there; new ones where it is new. */
export async function loadSecrets(directory: string): Promise<LocalSecrets> {
  const file = path.join(directory, 'secrets.json');
  try {
    // Refuses to overwrite, so that of two first starts at once one wins and both use its secrets.
    await writeFile(file, `${JSON.stringify(createSecrets(), undefined, 2)}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  return LocalSecrets.parse(JSON.parse(await readFile(file, 'utf8')));
}
