// What a worker counts, as it tells Prometheus.

/** The sum over all labels that `labels` is part of. */
export async function readMetric(url: string, name: string, labels = ''): Promise<number> {
  const ask = async () => (await fetch(`${url}/metrics`)).text();
  // Once more, where the worker was just closing the connection that was kept from the time before.
  const text = await ask().catch(ask);
  const lines = text
    .split('\n')
    .filter((line) => (line.startsWith(`${name} `) || line.startsWith(`${name}{`)) && line.includes(labels));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}
