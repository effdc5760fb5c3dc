// Why a worker did not start, for whoever started it: what its last log lines say in words, each once. A line that is no log entry
// (Node's own, of a crash) stands as it is.

/** For the reader of a terminal, with what to do where a model is not there. */
export function startFailure(lastLines: readonly string[]): string {
  const entries = lastLines.map(parse);
  const words = entries.flatMap((entry, index) => {
    if (entry === undefined) return [lastLines[index] ?? ''];
    return typeof entry.detail === 'string' ? [entry.detail] : [];
  });
  const said = words.length > 0 ? [...new Set(words)] : lastLines;
  const missing = entries.find(
    (entry) => entry?.event === 'model-failed' && entry.code === 'not-found',
  )?.model;
  const remedy =
    typeof missing === 'string' ? [`Pull it first: npm run clip-icm -- models pull ${missing}`] : [];
  return ['The GPU worker did not become ready. It said last:', ...said, ...remedy].join('\n  ');
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const entry: unknown = JSON.parse(line);
    return typeof entry === 'object' && entry !== null ? (entry as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
