// Byte counts as people read them in refusals. Limits are stated exactly, so nothing is rounded.

const units = ['bytes', 'KiB', 'MiB', 'GiB'] as const;

/** `33554432` as `32 MiB`; a count that is no whole number of a larger unit stays in the smaller. */
export function describeBytes(count: number): string {
  let [value, power] = [count, 0];
  while (value >= 1024 && value % 1024 === 0 && power < units.length - 1) {
    value /= 1024;
    power += 1;
  }
  return `${value} ${units[power]}`;
}
