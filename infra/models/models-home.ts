// Where models are pulled to, and where they are looked for, unless somebody names a directory: in a checkout beside the
// embedded model, of the published package in the user's own data. Nothing is ever written below an installed package.

import { homedir } from 'node:os';
import path from 'node:path';
import { prebuiltDirectory, projectRoot } from '../project-root.ts';

const embeddedModels = path.join(projectRoot, 'gpu-worker/models');

export const modelsHome =
  prebuiltDirectory === undefined
    ? embeddedModels
    : path.join(process.env.XDG_DATA_HOME || path.join(homedir(), '.local/share'), 'clip-icm/models');

/** For ICM_MODELS_DIR: the embedded model is found behind those that were pulled. */
export const modelsPath = [...new Set([modelsHome, embeddedModels])].join(path.delimiter);
