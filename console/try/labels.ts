// Labels as people type them: one a line, or separated by commas.

export function parseLabels(text: string): string[] {
  const labels = text.split(/[\n,]/).map((label) => label.trim().replaceAll(/\s+/g, ' '));
  return [...new Set(labels.filter((label) => label !== ''))];
}
