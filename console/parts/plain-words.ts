// What the service says to programs, said to people: no JSON pointers, no backticks.

/** Code in backticks becomes a quotation; who asks here knows neither tenants nor routes. */
export function plainWords(text: string): string {
  return text
    .replaceAll(/`([^`]+)`/g, '“$1”')
    .replaceAll('`', '')
    .replace(/^The tenant has no such /, 'There is no such ')
    .replace(/^This route needs /, 'This needs ');
}

/** What a pointer points at: `/body/labels/3` is `labels, the 4th`, `/requestsPerMinute` is `requests per minute`. */
export function nameOfField(pointer: string): string {
  const parts = pointer.split('/').filter(Boolean);
  if (parts[0] === 'query' || parts[0] === 'body') parts.shift();
  return parts.map(nameOfPart).join(', ');
}

function nameOfPart(part: string): string {
  if (/^\d+$/.test(part)) return `the ${ordinal(Number(part) + 1)}`;
  return part
    .replaceAll('~1', '/')
    .replaceAll('~0', '~')
    .replaceAll(
      /([a-z])([A-Z])/g,
      (_, before: string, letter: string) => `${before} ${letter.toLowerCase()}`,
    );
}

function ordinal(number: number): string {
  const isTeen = number % 100 > 10 && number % 100 < 14;
  const ending = isTeen ? 'th' : (['th', 'st', 'nd', 'rd'][number % 10] ?? 'th');
  return `${number}${ending}`;
}
