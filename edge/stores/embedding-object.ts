// Embeddings of a quarter of a tenant's pictures: rows in the SQLite of a Durable Object, which answers in a fraction of what a
// request to the bucket takes (docs/decisions/embeddings-in-objects.md). They are made again where they are missing, so each goes
// 60 to 90 days after it was made: a table holds those of thirty days, and goes as a whole.

import { DurableObject } from 'cloudflare:workers';
import { createForgotten } from './forgotten.ts';

const generationMs = 30 * 24 * 3600 * 1000;
/** Of thirty days each; the newest is being filled. */
const keptGenerations = 3;

export class EmbeddingObject extends DurableObject {
  readonly #storage: DurableObjectStorage;
  /** Generations that have a table, newest first; `undefined` until the first look. */
  #generations: readonly number[] | undefined;
  readonly #forgotten = createForgotten();

  constructor(state: DurableObjectState, env: unknown) {
    super(state, env as never);
    this.#storage = state.storage;
  }

  /** The rows that are there, in no order, each with its hash: the bytes as they were given. */
  read(revision: string, hashes: readonly string[]): [sha256: string, row: ArrayBuffer][] {
    const found = new Map<string, ArrayBuffer>();
    for (const generation of this.#known()) {
      const missing = hashes.filter((sha256) => !found.has(sha256));
      if (missing.length === 0) break;
      const select = `SELECT sha256, row FROM ${tableOf(generation)}
        WHERE revision = ? AND sha256 IN (SELECT value FROM json_each(?))`;
      const rows = this.#storage.sql.exec<{ sha256: string; row: ArrayBuffer }>(
        select,
        revision,
        JSON.stringify(missing),
      );
      for (const { sha256, row } of rows) found.set(sha256, row);
    }
    return [...found];
  }

  /** `nowMs`: when the request began. What was forgotten since stays so. */
  async write(
    revision: string,
    rows: readonly (readonly [sha256: string, row: Uint8Array])[],
    nowMs: number,
  ): Promise<void> {
    const generation = Math.floor(nowMs / generationMs);
    if (!this.#known().includes(generation)) await this.#begin(generation);
    const insert = `INSERT OR REPLACE INTO ${tableOf(generation)} (sha256, revision, row) VALUES (?, ?, ?)`;
    for (const [sha256, row] of rows) {
      if (!this.#forgotten.since(sha256, nowMs)) this.#storage.sql.exec(insert, sha256, revision, row);
    }
  }

  /** Of every model. */
  forget(hashes: readonly string[]): void {
    this.#forgotten.note(hashes, Date.now());
    for (const generation of this.#known()) {
      const remove = `DELETE FROM ${tableOf(generation)} WHERE sha256 IN (SELECT value FROM json_each(?))`;
      this.#storage.sql.exec(remove, JSON.stringify(hashes));
    }
  }

  /** The tenant is gone: an object that stores nothing is no more. */
  async forgetAll(): Promise<void> {
    this.#generations = [];
    await this.#storage.deleteAlarm();
    await this.#storage.deleteAll();
  }

  override async alarm(): Promise<void> {
    await this.expire(Date.now());
  }

  /** Takes away what is too old, and comes again when the next is. */
  async expire(nowMs: number): Promise<void> {
    const kept = this.#known().filter((generation) => endOf(generation) > nowMs);
    if (kept.length === 0) return this.forgetAll();
    for (const generation of this.#known()) {
      if (!kept.includes(generation)) this.#storage.sql.exec(`DROP TABLE ${tableOf(generation)}`);
    }
    this.#generations = kept;
    await this.#storage.setAlarm(endOf(Math.min(...kept)));
  }

  async #begin(generation: number): Promise<void> {
    this.#storage.sql.exec(
      `CREATE TABLE IF NOT EXISTS ${tableOf(generation)}
         (sha256 TEXT, revision TEXT, row BLOB NOT NULL, PRIMARY KEY (sha256, revision)) WITHOUT ROWID`,
    );
    this.#generations = [...new Set([generation, ...this.#known()])].sort((a, b) => b - a);
    await this.#storage.setAlarm(endOf(Math.min(...this.#generations)));
  }

  #known(): readonly number[] {
    this.#generations ??= this.#storage.sql
      .exec<{ name: string }>(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'embeddings\\_%' ESCAPE '\\'",
      )
      .toArray()
      .map(({ name }) => Number(name.slice(tableOf('').length)))
      .sort((a, b) => b - a);
    return this.#generations;
  }
}

const tableOf = (generation: number | '') => `embeddings_${generation}`;

/** When everything of a generation is too old. */
const endOf = (generation: number) => (generation + keptGenerations) * generationMs;
