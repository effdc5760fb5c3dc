// Builds a Kustomize directory by `kubectl kustomize`, where there is a kubectl that can: components came with Kustomize 3.7,
// and kubectl 1.20 (Debian 12's `kubernetes-client`) still carries 2.0.

import { spawnSync } from 'node:child_process';
import { parseAllDocuments } from 'yaml';
import { Manifest } from './manifest.ts';

/** Why overlays cannot be built here; `undefined` where they can. */
export function whyNoKustomize(): string | undefined {
  const { status, stdout } = spawnSync('kubectl', ['version', '--client'], { encoding: 'utf8' });
  if (status !== 0) return 'there is no kubectl';
  const major = /Kustomize Version: v(\d+)/.exec(stdout)?.[1];
  return Number(major) >= 4 ? undefined : 'this kubectl has a Kustomize older than 4';
}

/** Throws what kubectl says where it refuses. */
export function buildKustomization(directory: string): Manifest[] {
  const { status, stdout, stderr } = spawnSync('kubectl', ['kustomize', directory], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return parseAllDocuments(stdout).map((document) => Manifest.parse(document.toJS()));
}
