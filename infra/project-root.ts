// The directory that holds the project: a checkout, or the published package.

import { existsSync } from 'node:fs';
import path from 'node:path';

export const projectRoot = path.resolve(import.meta.dirname, '..');

/** Of the published package, where everything is built already; `undefined` in a checkout. */
export const prebuiltDirectory = existsSync(path.join(projectRoot, 'prebuilt'))
  ? path.join(projectRoot, 'prebuilt')
  : undefined;
