// The dashboard, the alerts and the scrape configuration are of the right shape, and ask for nothing that neither the edge nor a
// worker exports, by name and by label.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { edgeMetrics } from '../../edge/metrics/series.ts';
import { createMetrics } from '../../gpu-worker/metrics.ts';

const directory = 'infra/monitoring';
const read = (name: string) => readFileSync(path.join(directory, name), 'utf8');

/** Grafana's word for what the reader chooses above the panels. */
const chosenSource = `\${datasource}`;

const Target = z.object({ refId: z.string(), expr: z.string().min(1), legendFormat: z.string() });
const Dashboard = z.object({
  title: z.string(),
  uid: z.string().max(40),
  schemaVersion: z.int().min(36),
  templating: z.object({ list: z.array(z.object({ name: z.string(), type: z.string() })) }),
  panels: z
    .array(
      z.object({
        id: z.int(),
        type: z.enum(['timeseries', 'stat']),
        title: z.string().min(1),
        datasource: z.object({ type: z.literal('prometheus'), uid: z.literal(chosenSource) }),
        gridPos: z.object({
          x: z.int().min(0),
          y: z.int().min(0),
          w: z.int().min(1).max(24),
          h: z.int().min(1),
        }),
        targets: z.array(Target).min(1),
      }),
    )
    .min(1),
});

const Duration = z.string().regex(/^\d+[smhd]$/);
const Rules = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: z.string(),
      rules: z
        .array(
          z.strictObject({
            alert: z.string().regex(/^ClipIcm[A-Za-z]+$/),
            expr: z.string(),
            for: Duration.optional(),
            labels: z.strictObject({ severity: z.enum(['page', 'ticket']) }),
            annotations: z.strictObject({ summary: z.string(), description: z.string() }),
          }),
        )
        .min(1),
    }),
  ),
});

const dashboard = Dashboard.parse(JSON.parse(read('grafana-dashboard.json')));
const rules = Rules.parse(parse(read('alerts.yaml'))).groups.flatMap((group) => group.rules);

/** What a query asks for: each metric with the labels that it selects by. Functions and the words of PromQL are neither. */
function metricsOf(query: string): { readonly name: string; readonly labels: string[] }[] {
  const plain = query
    .replace(/\[[^\]]*\]/g, '')
    .replace(/\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, '');
  return [...plain.matchAll(/([a-zA-Z_:][\w:]*)(?![\w:])(?:\{([^}]*)\})?(?!\s*\()/g)]
    .filter(([, name = '']) => !words.has(name))
    .map(([, name = '', selectors = '']) => ({
      name,
      labels: [...selectors.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"/g)].map(([, label = '']) => label),
    }));
}

const words = new Set(['and', 'or', 'unless', 'bool', 'sum', 'avg', 'min', 'max', 'count']);

/** Labels that a query groups by or selects. */
function labelsOf(query: string): string[] {
  const grouped = [...query.matchAll(/\bby\s*\(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(','));
  return [...grouped.map((label) => label.trim()), ...metricsOf(query).flatMap(({ labels }) => labels)];
}

async function exported(): Promise<Set<string>> {
  const metrics = createMetrics();
  metrics.watch({
    admission: { depth: () => 0, limit: 1, oldestMs: () => 0 } as never,
    models: { loaded: () => [] } as never,
    now: () => 0,
  });
  const types = [...(await metrics.text()).matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(
    ([, name = '', type = '']) => ({ name, type }),
  );
  const edge = Object.entries(edgeMetrics).map(([name, { type }]) => ({ name, type }));
  const names = [...types, ...edge].flatMap(({ name, type }) =>
    type === 'histogram' ? ['_bucket', '_sum', '_count'].map((part) => name + part) : [name],
  );
  // Prometheus' own, of every target.
  return new Set([...names, 'up']);
}

const queries = [
  ...dashboard.panels.flatMap(({ title, targets }) =>
    targets.map(({ expr }) => [`panel ${title}`, expr] as const),
  ),
  ...rules.map(({ alert, expr }) => [`alert ${alert}`, expr] as const),
];

test('queries are taken apart as Prometheus would', () => {
  const query = 'histogram_quantile(0.9, sum by (le) (rate(a_bucket{b="c", d=~"e"}[5m]))) > 2 * f and g == 0';
  expect(metricsOf(query).map(({ name }) => name)).toEqual(['a_bucket', 'f', 'g']);
  expect(labelsOf(query)).toEqual(['le', 'b', 'd']);
  expect(metricsOf('a / sum(b)').map(({ name }) => name)).toEqual(['a', 'b']);
});

describe('every query', () => {
  test.each(queries)('of the %s names metrics that exist', async (_where, query) => {
    const names = metricsOf(query).map(({ name }) => name);
    expect(names.length).toBeGreaterThan(0);
    const known = await exported();
    expect(names.filter((name) => !known.has(name))).toEqual([]);
  });

  test('groups and selects by labels that there are', () => {
    const labels = new Set(queries.flatMap(([, query]) => labelsOf(query)));
    // Of series.ts and counters.ts, of the worker's metrics.ts, and Prometheus' own.
    const edge = ['route', 'status', 'code', 'cache', 'tier', 'path', 'outcome', 'le'];
    const known = [...edge, 'lane', 'reason', 'model', 'revision', 'instance', 'job'];
    expect([...labels].filter((label) => !known.includes(label))).toEqual([]);
  });

  test('and every metric of the edge is asked for', () => {
    const asked = queries.flatMap(([, query]) => metricsOf(query).map(({ name }) => name));
    for (const name of Object.keys(edgeMetrics)) {
      expect(
        asked.some((one) => one.startsWith(name)),
        name,
      ).toBe(true);
    }
  });
});

test('panels do not lie on each other, and have numbers of their own', () => {
  const places = dashboard.panels.map(({ gridPos: { x, y } }) => `${x} ${y}`);
  expect(new Set(places).size).toBe(places.length);
  expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
});

test('alerts and targets go by the same names of jobs', () => {
  const Config = z.object({
    rule_files: z.array(z.string()),
    scrape_configs: z.array(z.looseObject({ job_name: z.string() })),
  });
  const config = Config.parse(parse(read('prometheus.yaml')));
  const jobs = config.scrape_configs.map(({ job_name }) => job_name);
  const named = queries.flatMap(([, query]) =>
    [...query.matchAll(/job="([^"]+)"/g)].map(([, job = '']) => job),
  );
  expect(new Set(named)).toEqual(new Set(jobs));
  expect(config.rule_files).toEqual(['alerts.yaml']);
});

const promtool = spawnSync('promtool', ['--version']).status === 0;
test(`promtool takes the rules${promtool ? '' : '; NOT RUN for want of promtool'}`, () => {
  if (!promtool) return console.warn('infra/monitoring was not checked by promtool');
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'rules', `${directory}/alerts.yaml`]);
  expect(status, `${stdout}${stderr}`).toBe(0);
});
