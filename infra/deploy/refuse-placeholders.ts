// The `[build]` of wrangler.toml: `wrangler deploy` runs it before anything else, and goes no further where it fails. Not run for
// the local stack, whose bundle leaves it out (infra/local/edge-bundle.ts). Passes for `wrangler dev`, and where nothing is
// deployed by whoever sets CLIP_ICM_PLACEHOLDERS=allowed: `wrangler deploy --dry-run`, `wrangler check startup`.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../project-root.ts';
import { deployedEnvironments, placeholdersIn } from './placeholders.ts';

const environment = deployedEnvironments.find((name) => name === process.argv[2]);
const { WRANGLER_COMMAND, CLIP_ICM_PLACEHOLDERS } = process.env;
if (WRANGLER_COMMAND !== 'dev' && CLIP_ICM_PLACEHOLDERS !== 'allowed') {
  const toml = readFileSync(path.join(projectRoot, 'wrangler.toml'), 'utf8');
  const faults = placeholdersIn(toml, environment);
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exitCode = 1;
}
