// The Kubernetes manifests against their schemas, file by file; and, where kubectl can build them, the overlays against the same
// schemas, against each other and against the worker they run. ci.yml builds them on every push.

import { globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { buildKustomization, whyNoKustomize } from './support/kubectl.ts';
import { Manifest } from './support/manifest.ts';
import { schemaError, typeErrors } from './support/schemas.ts';

const projectRoot = join(import.meta.dirname, '../../..');
const read = (path: string) => readFileSync(join(projectRoot, path), 'utf8');
const sourcesIn = (directory: string) =>
  readdirSync(join(projectRoot, directory)).map((name) => join(directory, name));
const labels = z.record(z.string(), z.string());

const Container = z.looseObject({
  image: z.string(),
  ports: z.array(z.object({ name: z.string(), containerPort: z.int() })),
  env: z.array(z.looseObject({ name: z.string(), value: z.string().optional() })),
  resources: z.object({ requests: labels, limits: labels }),
  securityContext: z.unknown(),
  lifecycle: z.object({ preStop: z.object({ sleep: z.object({ seconds: z.int() }) }) }),
});

const Deployment = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z.object({
    selector: z.object({ matchLabels: labels }),
    strategy: z.object({ rollingUpdate: z.object({ maxSurge: z.int(), maxUnavailable: z.int() }) }),
    template: z.object({
      metadata: z.object({ labels }),
      spec: z.looseObject({
        terminationGracePeriodSeconds: z.int(),
        securityContext: z.unknown(),
        containers: z.array(Container).length(1),
      }),
    }),
  }),
});

const overlays = ['cpu', 'gpu'] as const;

function build(overlay: string): Manifest[] {
  return buildKustomization(join(projectRoot, 'infra/kubernetes/overlays', overlay));
}

function find(manifests: readonly Manifest[], kind: string): Manifest {
  const manifest = manifests.find((candidate) => candidate.kind === kind);
  if (manifest === undefined) throw new Error(`no ${kind}`);
  return manifest;
}

function worker(manifests: readonly Manifest[]) {
  const deployment = Deployment.parse(find(manifests, 'Deployment'));
  const [container] = deployment.spec.template.spec.containers;
  if (container === undefined) throw new Error('no container');
  return { deployment, container, pod: deployment.spec.template };
}

/** The value at a path such as `spec.selector.matchLabels`. */
function at(manifest: Manifest, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], manifest);
}

const files = globSync('infra/kubernetes/**/*.yaml', { cwd: projectRoot }).filter(
  (path) => !path.endsWith('/kustomization.yaml'),
);
const parsed = new Map(files.map((path) => [path, Manifest.parse(parse(read(path)))]));

describe('every file', () => {
  it.each(files)('%s fits the schema of its kind', (path) => {
    expect(schemaError(Manifest.parse(parsed.get(path)))).toBeUndefined();
  });

  it('has no field that its kind does not know', () => {
    expect(parsed.size).toBeGreaterThan(4);
    expect(typeErrors([...parsed.values()])).toBe('');
  });

  it('would be caught with a fault, by both checks', () => {
    const deployment = find([...parsed.values()], 'Deployment');
    expect(typeErrors([{ ...deployment, spec: { ...Object(deployment.spec), stratgy: {} } }])).toContain(
      'stratgy',
    );
    expect(schemaError({ ...deployment, spec: { ...Object(deployment.spec), selector: 1 } })).toBeDefined();
    expect(schemaError({ ...find([...parsed.values()], 'ScaledObject'), spec: {} })).toBeDefined();
  });
});

const unbuildable = whyNoKustomize();
if (unbuildable !== undefined)
  console.warn(`The overlays are not tested: ${unbuildable}. ci.yml builds them.`);

describe.skipIf(unbuildable !== undefined).each(overlays)('the %s overlay', (overlay) => {
  const manifests = unbuildable === undefined ? build(overlay) : [];

  it('fits the schemas as it is built, with no field that a kind does not know', () => {
    expect(manifests.map((manifest) => schemaError(manifest)).filter((error) => error !== undefined)).toEqual(
      [],
    );
    expect(typeErrors(manifests)).toBe('');
  });

  it('puts everything into one namespace', () => {
    expect(new Set(manifests.map(({ metadata }) => metadata.namespace))).toEqual(new Set(['clip-icm']));
  });

  it('selects the pods it makes, everywhere', () => {
    const { deployment, pod } = worker(manifests);
    const selectors = [
      deployment.spec.selector.matchLabels,
      at(find(manifests, 'Service'), 'spec.selector'),
      at(find(manifests, 'PodDisruptionBudget'), 'spec.selector.matchLabels'),
      at(find(manifests, 'NetworkPolicy'), 'spec.podSelector.matchLabels'),
    ];
    for (const selector of selectors) {
      expect(Object.keys(labels.parse(selector))).not.toEqual([]);
      expect(pod.metadata.labels).toMatchObject(labels.parse(selector));
    }
    const serviceLabels = labels.parse(at(find(manifests, 'Service'), 'metadata.labels'));
    const monitored = at(find(manifests, 'ServiceMonitor'), 'spec.selector.matchLabels');
    expect(serviceLabels).toMatchObject(labels.parse(monitored));
  });

  it('scales the Deployment there is, by a metric that the worker has', () => {
    const scaled = find(manifests, 'ScaledObject');
    expect(at(scaled, 'spec.scaleTargetRef.name')).toBe(worker(manifests).deployment.metadata.name);
    const query = String(at(scaled, 'spec.triggers.0.metadata.query'));
    const metric = /\w+(?=\{)/.exec(query)?.[0];
    expect(read('gpu-worker/metrics.ts')).toContain(`'${metric}'`);
    expect(query).toContain('namespace="clip-icm"');
    expect(find(manifests, 'Deployment').spec).not.toHaveProperty('replicas');
  });

  it('gives the worker only settings that it reads', () => {
    const known = read('gpu-worker/env.ts');
    const { container } = worker(manifests);
    for (const { name } of container.env) expect(known).toMatch(new RegExp(`\\b${name}\\b`));
    const secret = container.env.find(({ name }) => name === 'ICM_WORKER_SECRETS');
    expect(secret).not.toHaveProperty('value');
  });

  it('probes routes that the worker answers, on the port it listens at', () => {
    const { container } = worker(manifests);
    const app = ['gpu-worker/app.ts', ...sourcesIn('gpu-worker/routes')].map(read).join('\n');
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
      const { path, port } = z
        .looseObject({ httpGet: z.object({ path: z.string(), port: z.string() }) })
        .parse(container[probe]).httpGet;
      expect(app).toContain(`'${path}'`);
      expect(container.ports.map(({ name }) => name)).toContain(port);
    }
    const listening = container.env.find(({ name }) => name === 'PORT')?.value;
    expect(container.ports.map(({ containerPort }) => String(containerPort))).toEqual([listening]);
  });

  it('runs as nobody in particular, who may write nothing but /tmp', () => {
    const { container, pod } = worker(manifests);
    expect(pod.spec.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 10001 });
    expect(pod.spec.automountServiceAccountToken).toBe(false);
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(container.volumeMounts).toEqual([{ name: 'tmp', mountPath: '/tmp' }]);
  });

  it('leaves a worker time to drain before it is killed', () => {
    const { container, pod } = worker(manifests);
    const drainMs = Number(container.env.find(({ name }) => name === 'ICM_DRAIN_TIMEOUT_MS')?.value);
    const pauseSeconds = container.lifecycle.preStop.sleep.seconds;
    expect(pauseSeconds + drainMs / 1000).toBeLessThan(pod.spec.terminationGracePeriodSeconds);
  });

  it('bounds memory and can always replace a pod', () => {
    const { container, deployment } = worker(manifests);
    expect(container.resources.limits.memory).toBeDefined();
    expect(container.resources.requests.cpu).toBeDefined();
    const { maxSurge, maxUnavailable } = deployment.spec.strategy.rollingUpdate;
    expect(maxSurge + maxUnavailable).toBeGreaterThan(0);
  });
});

it.skipIf(unbuildable !== undefined)('asks for a GPU, and for CUDA, in the gpu overlay alone', () => {
  const [cpu, gpu] = overlays.map((overlay) => worker(build(overlay)).container);
  const provider = (container = cpu) =>
    container?.env.find(({ name }) => name === 'ICM_EXECUTION_PROVIDER')?.value;
  expect([provider(cpu), provider(gpu)]).toEqual(['cpu', 'cuda']);
  expect(cpu?.resources.limits).not.toHaveProperty(['nvidia.com/gpu']);
  expect(gpu?.resources.limits['nvidia.com/gpu']).toBe('1');
  expect(gpu?.resources.requests['nvidia.com/gpu']).toBe('1');
  expect([cpu?.image, gpu?.image].map((image) => image?.split(':')[1])).toEqual(['cpu', 'cuda']);
});
