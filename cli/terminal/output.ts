// How commands print: JSON where asked for, else text. Results go to stdout, everything else to stderr.

export type OutputOptions = { readonly json?: boolean };

export function print(options: OutputOptions, value: unknown, text: string): void {
  process.stdout.write(options.json === true ? `${JSON.stringify(value, undefined, 2)}\n` : `${text}\n`);
}

/** Columns as wide as their widest cell; numbers to the right. No rows: `nothing`. */
export function formatTable(
  columns: readonly string[],
  rows: readonly (readonly (string | number)[])[],
  nothing: string,
): string {
  if (rows.length === 0) return nothing;
  const cells = [columns, ...rows].map((row) =>
    row.map((cell) => (typeof cell === 'number' ? String(cell) : cell)),
  );
  const widths = columns.map((_, column) => Math.max(...cells.map((row) => [...(row[column] ?? '')].length)));
  const isNumber = columns.map((_, column) => rows.every((row) => typeof row[column] === 'number'));
  const pad = (text: string, column: number) => {
    const space = ' '.repeat(Math.max(0, (widths[column] ?? 0) - [...text].length));
    return isNumber[column] === true ? space + text : text + space;
  };
  return cells.map((row) => row.map(pad).join('  ').trimEnd()).join('\n');
}

/** Rounded, for reading: `47.6 kB`. */
export function formatSize(bytes: number): string {
  const [unit, size] = bytes < 1e6 ? ['kB', 1e3] : bytes < 1e9 ? ['MB', 1e6] : ['GB', 1e9];
  return `${(bytes / size).toFixed(1)} ${unit}`;
}

export function formatPercent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
