// Holds a place while something loads.

import { strings } from '../strings.ts';

export function Loading({ rows = 3 }: { rows?: number }) {
  return (
    <div class="loading">
      <p class="sr-only">{strings.common.loading}</p>
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} class="loading-row" />
      ))}
    </div>
  );
}
