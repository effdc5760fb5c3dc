// Sums of counters and present gauges as Prometheus' text form (version 0.0.4).

import { type EdgeMetric, edgeMetrics, secondBuckets, seriesOf } from './series.ts';

export const metricsContentType = 'text/plain; version=0.0.4; charset=utf-8';

type Sums = Readonly<Record<string, number>>;

/** Series of names that are not the edge's are left out: an older version counted them. */
export function writeMetrics(sums: Sums, gauges: Readonly<Partial<Record<EdgeMetric, number>>>): string {
  const lines = (Object.keys(edgeMetrics) as EdgeMetric[]).flatMap((name) => {
    const { help, type } = edgeMetrics[name];
    const values =
      type === 'gauge'
        ? gaugeLines(name, gauges[name])
        : type === 'counter'
          ? countLines(name, sums)
          : histogramLines(name, sums);
    return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...values];
  });
  return `${lines.join('\n')}\n`;
}

function gaugeLines(name: string, value: number | undefined): string[] {
  return value === undefined ? [] : [`${seriesOf(name)} ${value}`];
}

function countLines(name: string, sums: Sums): string[] {
  return seriesNamed(name, sums).map((series) => `${series} ${sums[series]}`);
}

/** Buckets that were counted apart become sums up to their end, and the last of them the count. */
function histogramLines(name: string, sums: Sums): string[] {
  return seriesNamed(`${name}_sum`, sums).flatMap((sum) => {
    const labels = sum.slice(`${name}_sum{`.length, -1);
    let total = 0;
    const buckets = [...secondBuckets, '+Inf'].map((le) => {
      const series = `${name}_bucket{${labels},le="${le}"}`;
      total += sums[series] ?? 0;
      return `${series} ${total}`;
    });
    return [...buckets, `${sum} ${sums[sum]}`, `${name}_count{${labels}} ${total}`];
  });
}

function seriesNamed(name: string, sums: Sums): string[] {
  return Object.keys(sums)
    .filter((series) => series === name || series.startsWith(`${name}{`))
    .sort();
}
