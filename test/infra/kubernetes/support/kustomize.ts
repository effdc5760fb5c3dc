// Builds a Kustomize directory as far as this project's files go: resources, components, namespace, images, and patches of
// JSON 6902 operations. Throws on any field it does not know, so that nothing is passed over in silence.

import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { applyJsonPatch, JsonPatch } from './json-patch.ts';

export const Manifest = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
});
export type Manifest = z.infer<typeof Manifest>;

const Kustomization = z.strictObject({
  apiVersion: z.enum(['kustomize.config.k8s.io/v1beta1', 'kustomize.config.k8s.io/v1alpha1']),
  kind: z.enum(['Kustomization', 'Component']),
  namespace: z.string().optional(),
  resources: z.array(z.string()).default([]),
  components: z.array(z.string()).default([]),
  images: z.array(z.strictObject({ name: z.string(), newName: z.string(), newTag: z.string() })).default([]),
  patches: z
    .array(
      z.strictObject({ target: z.strictObject({ kind: z.string(), name: z.string() }), patch: z.string() }),
    )
    .default([]),
});
type Kustomization = z.infer<typeof Kustomization>;

export function buildKustomization(directory: string): Manifest[] {
  const file = readFileSync(join(directory, 'kustomization.yaml'), 'utf8');
  const kustomization = Kustomization.parse(parse(file));
  const manifests = [...kustomization.resources, ...kustomization.components].flatMap((path) =>
    readResource(join(directory, path)),
  );
  return manifests
    .map((manifest) => patched(manifest, kustomization.patches))
    .map((manifest) => inNamespace(manifest, kustomization.namespace))
    .map((manifest) => withImages(manifest, kustomization.images));
}

function readResource(path: string): Manifest[] {
  return statSync(path).isDirectory()
    ? buildKustomization(path)
    : [Manifest.parse(parse(readFileSync(path, 'utf8')))];
}

function patched(manifest: Manifest, patches: Kustomization['patches']): Manifest {
  return patches
    .filter(({ target }) => target.kind === manifest.kind && target.name === manifest.metadata.name)
    .reduce<Manifest>(
      (result, { patch }) => Manifest.parse(applyJsonPatch(result, JsonPatch.parse(parse(patch)))),
      manifest,
    );
}

function inNamespace(manifest: Manifest, namespace: string | undefined): Manifest {
  return namespace === undefined ? manifest : { ...manifest, metadata: { ...manifest.metadata, namespace } };
}

/** Every `image` field below, whatever object it stands in. */
function withImages<T>(value: T, images: Kustomization['images']): T {
  return JSON.parse(JSON.stringify(value), (key, field) => {
    const image = key === 'image' && images.find(({ name }) => name === field);
    return image ? `${image.newName}:${image.newTag}` : field;
  });
}
