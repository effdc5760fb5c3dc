// Comma-separated values (RFC 4180), for spreadsheets.

export function formatCsv(
  columns: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  return [columns, ...rows].map(formatCsvRow).join('\r\n');
}

/** Without the end of the line. */
export function formatCsvRow(row: readonly (string | number)[]): string {
  return row.map(cell).join(',');
}

/** A text that a spreadsheet would take for a formula is kept from it by an apostrophe. */
function cell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
