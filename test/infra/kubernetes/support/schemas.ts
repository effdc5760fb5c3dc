// What the API server would check. Built-in kinds: the schemas and types of kubernetes-models. Custom resources: schemas here,
// of the fields this project uses and no others.

import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { Deployment } from 'kubernetes-models/apps/v1';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { Service } from 'kubernetes-models/v1';
import type { Manifest } from './manifest.ts';

const projectRoot = join(import.meta.dirname, '../../../..');

const builtIn: Record<string, { readonly module: string; readonly validate: (manifest: object) => void }> = {
  Deployment: {
    module: 'kubernetes-models/apps/v1',
    validate: (manifest) =>
      new Deployment(manifest as ConstructorParameters<typeof Deployment>[0]).validate(),
  },
  NetworkPolicy: {
    module: 'kubernetes-models/networking.k8s.io/v1',
    validate: (manifest) =>
      new NetworkPolicy(manifest as ConstructorParameters<typeof NetworkPolicy>[0]).validate(),
  },
  PodDisruptionBudget: {
    module: 'kubernetes-models/policy/v1',
    validate: (manifest) =>
      new PodDisruptionBudget(manifest as ConstructorParameters<typeof PodDisruptionBudget>[0]).validate(),
  },
  Service: {
    module: 'kubernetes-models/v1',
    validate: (manifest) => new Service(manifest as ConstructorParameters<typeof Service>[0]).validate(),
  },
};

const strings = { type: 'object', additionalProperties: { type: 'string' } };
const metadata = {
  type: 'object',
  properties: { name: { type: 'string' }, namespace: { type: 'string' }, labels: strings },
  required: ['name'],
  additionalProperties: false,
};

function object(properties: Record<string, object>, required: readonly string[]) {
  return { type: 'object', properties, required, additionalProperties: false };
}

function resource(apiVersion: string, kind: string, spec: object) {
  const properties = { apiVersion: { const: apiVersion }, kind: { const: kind }, metadata, spec };
  return object(properties, ['apiVersion', 'kind', 'metadata', 'spec']);
}

const count = { type: 'integer', minimum: 0 };
const scalingRules = object(
  {
    stabilizationWindowSeconds: count,
    policies: {
      type: 'array',
      items: object({ type: { enum: ['Pods', 'Percent'] }, value: count, periodSeconds: count }, [
        'type',
        'value',
        'periodSeconds',
      ]),
    },
  },
  [],
);

const custom: Record<string, object> = {
  ScaledObject: resource(
    'keda.sh/v1alpha1',
    'ScaledObject',
    object(
      {
        scaleTargetRef: object(
          { apiVersion: { type: 'string' }, kind: { type: 'string' }, name: { type: 'string' } },
          ['name'],
        ),
        minReplicaCount: count,
        maxReplicaCount: count,
        pollingInterval: count,
        cooldownPeriod: count,
        fallback: object({ failureThreshold: count, replicas: count }, ['failureThreshold', 'replicas']),
        advanced: object(
          {
            horizontalPodAutoscalerConfig: object(
              { behavior: object({ scaleUp: scalingRules, scaleDown: scalingRules }, []) },
              [],
            ),
          },
          [],
        ),
        triggers: {
          type: 'array',
          minItems: 1,
          items: object(
            {
              type: { const: 'prometheus' },
              metricType: { enum: ['AverageValue', 'Value'] },
              metadata: object(
                {
                  serverAddress: { type: 'string', pattern: '^https?://' },
                  query: { type: 'string' },
                  threshold: { type: 'string', pattern: '^[0-9]+$' },
                },
                ['serverAddress', 'query', 'threshold'],
              ),
            },
            ['type', 'metadata'],
          ),
        },
      },
      ['scaleTargetRef', 'triggers'],
    ),
  ),
  ServiceMonitor: resource(
    'monitoring.coreos.com/v1',
    'ServiceMonitor',
    object(
      {
        selector: object({ matchLabels: strings }, []),
        endpoints: {
          type: 'array',
          items: object(
            { port: { type: 'string' }, path: { type: 'string' }, interval: { type: 'string' } },
            [],
          ),
        },
      },
      ['selector', 'endpoints'],
    ),
  ),
};

/** What the manifest breaks, as one text; `undefined` where it fits. An unknown kind does not fit. */
export function schemaError(manifest: Manifest): string | undefined {
  const known = builtIn[manifest.kind];
  if (known !== undefined) {
    try {
      known.validate(manifest);
      return undefined;
    } catch (error) {
      return String(error);
    }
  }
  const schema = custom[manifest.kind];
  if (schema === undefined) return `no schema for ${manifest.kind}`;
  const ajv = new Ajv({ strict: true, allErrors: true });
  return ajv.validate(schema, manifest) ? undefined : ajv.errorsText();
}

/**
 * Kubernetes' own schemas let unknown fields pass, so a misspelt probe would vanish in silence. The compiler does not: the
 * manifests are written down as literals of the kinds' types and compiled. Returns what it prints.
 */
export function typeErrors(manifests: readonly Manifest[]): string {
  const directory = join(projectRoot, `.cache/manifests-${process.pid}`);
  const lines = manifests.flatMap((manifest, index) => {
    const known = builtIn[manifest.kind];
    if (known === undefined) return [];
    const type = `import('${known.module}').I${manifest.kind}`;
    return [`export const manifest${index}: ${type} = ${JSON.stringify(manifest, undefined, 2)};`];
  });
  mkdirSync(directory, { recursive: true });
  try {
    const file = join(directory, 'manifests.ts');
    writeFileSync(file, lines.join('\n'));
    const flags =
      '--noEmit --strict --skipLibCheck --target es2024 --module esnext --moduleResolution bundler';
    const tsc = join(projectRoot, 'node_modules/.bin/tsc');
    const { stdout, stderr } = spawnSync(tsc, [...flags.split(' '), '--ignoreConfig', file], {
      encoding: 'utf8',
    });
    return stdout + stderr;
  } finally {
    rmSync(directory, { recursive: true });
  }
}
