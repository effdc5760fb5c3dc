// How commands print: JSON where asked for, else text. Results go to stdout, everything else to stderr.

export type OutputOptions = { readonly json?: boolean };

export function print(options: OutputOptions, value: unknown, text: string): void {
  process.stdout.write(options.json === true ? `${JSON.stringify(value, undefined, 2)}\n` : `${text}\n`);
}

/**
 * Columns as wide as their widest cell; numbers to the right. No rows: `nothing`. In a terminal (`width` characters) the
 * widest columns of text give way until a line fits.
 */
export function formatTable(
  columns: readonly string[],
  rows: readonly (readonly (string | number)[])[],
  nothing: string,
  width = terminalWidth(),
): string {
  if (rows.length === 0) return nothing;
  const cells = [columns, ...rows].map((row) =>
    row.map((cell) => (typeof cell === 'number' ? String(cell) : cell)),
  );
  const isNumber = columns.map((_, column) => rows.every((row) => typeof row[column] === 'number'));
  const widths = narrow(
    columns.map((_, column) => Math.max(...cells.map((row) => [...(row[column] ?? '')].length))),
    isNumber,
    width,
  );
  const pad = (text: string, column: number) => {
    const room = widths[column] ?? 0;
    const shown = [...text].length > room ? `${[...text].slice(0, room - 1).join('')}…` : text;
    const space = ' '.repeat(room - [...shown].length);
    return isNumber[column] === true ? space + shown : shown + space;
  };
  return cells.map((row) => row.map(pad).join('  ').trimEnd()).join('\n');
}

const gap = 2;
const narrowest = 6;

function narrow(widths: readonly number[], isNumber: readonly boolean[], width: number): number[] {
  const fitted = [...widths];
  const total = () => fitted.reduce((sum, one) => sum + one, 0) + gap * (fitted.length - 1);
  while (total() > width) {
    const texts = fitted.map((one, column) => (isNumber[column] === true ? 0 : one));
    const widest = Math.max(...texts);
    if (widest <= narrowest) break;
    fitted[texts.indexOf(widest)] = widest - 1;
  }
  return fitted;
}

/** Whatever reads a pipe or a file has no width. */
function terminalWidth(): number {
  return process.stdout.isTTY ? process.stdout.columns || 80 : Number.POSITIVE_INFINITY;
}

/** Rounded, for reading: `47.6 kB`. */
export function formatSize(bytes: number): string {
  const [unit, size] = bytes < 1e6 ? ['kB', 1e3] : bytes < 1e9 ? ['MB', 1e6] : ['GB', 1e9];
  return `${(bytes / size).toFixed(1)} ${unit}`;
}

export function formatPercent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
