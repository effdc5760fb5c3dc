// The sums of all isolates' counters, in one Durable Object: what one scrape sees, never less than at the scrape before. What an
// isolate tells is added and stored as one row, so a restart loses nothing that was told.

import { DurableObject } from 'cloudflare:workers';

/** Far more than routes, statuses and codes come to; whatever a fault would add beyond is not kept. */
const maxSeries = 5_000;

export class MetricsObject extends DurableObject {
  readonly #sql: SqlStorage;
  #sums: Record<string, number>;

  constructor(state: DurableObjectState, env: unknown) {
    super(state, env as never);
    this.#sql = state.storage.sql;
    this.#sql.exec('CREATE TABLE IF NOT EXISTS sums (id INTEGER PRIMARY KEY, counts TEXT NOT NULL)');
    const row = this.#sql.exec<{ counts: string }>('SELECT counts FROM sums').toArray()[0];
    this.#sums = row === undefined ? {} : JSON.parse(row.counts);
  }

  add(counts: Readonly<Record<string, number>>): void {
    let series = Object.keys(this.#sums).length;
    for (const [name, amount] of Object.entries(counts)) {
      if (this.#sums[name] === undefined && ++series > maxSeries) continue;
      this.#sums[name] = (this.#sums[name] ?? 0) + amount;
    }
    this.#sql.exec('INSERT OR REPLACE INTO sums VALUES (1, ?)', JSON.stringify(this.#sums));
  }

  read(): Readonly<Record<string, number>> {
    return this.#sums;
  }
}
