// Daily counters of one tenant, exact: a Durable Object is one thread, and `consume` reads and writes without a wait
// in between. It knows no plans; the caller brings the limits.

import { DurableObject } from 'cloudflare:workers';
import { quotaNames } from '#shared/contracts/names.ts';
import type { NearLimit, QuotaAmounts, QuotaName, QuotaOutcome } from './quota-types.ts';

export class QuotaObject extends DurableObject {
  readonly #storage: DurableObjectStorage;
  #isOpen = false;
  /** Levels told since this object woke, of one day; whoever hears them twice knows them by their name. */
  #told = { day: '', levels: new Set<string>() };

  constructor(state: DurableObjectState, env: unknown) {
    super(state, env as never);
    this.#storage = state.storage;
  }

  /** Made when first asked for, and again after `forget`. */
  get #sql(): SqlStorage {
    const { sql } = this.#storage;
    if (this.#isOpen) return sql;
    this.#isOpen = true;
    sql.exec(
      'CREATE TABLE IF NOT EXISTS used (day TEXT, name TEXT, amount INTEGER NOT NULL, PRIMARY KEY (day, name)) WITHOUT ROWID',
    );
    sql.exec('CREATE TABLE IF NOT EXISTS charged (work TEXT PRIMARY KEY, day TEXT NOT NULL) WITHOUT ROWID');
    return sql;
  }

  /** The tenant is gone: an object that stores nothing is no more. */
  async forget(): Promise<void> {
    this.#isOpen = false;
    await this.#storage.deleteAll();
  }

  /**
   * Takes all of the amounts or none: of each, at most `limits[name]` a day in sum. The same `work` is taken for once. What was
   * `spent` before is entered first, granted or not.
   */
  consume(
    day: string,
    amounts: QuotaAmounts,
    limits: QuotaAmounts,
    work?: string,
    spent: QuotaAmounts = {},
  ): QuotaOutcome {
    this.spend(day, spent);
    if (work !== undefined && this.#chargedOn(work) !== undefined) {
      return { granted: true, remaining: {}, isRepeated: true };
    }
    const remaining: QuotaAmounts = {};
    for (const [name, amount, limit] of limited(amounts, limits)) {
      const left = limit - this.#used(day, name);
      if (amount > left || (amount === 0 && left === 0)) {
        const near = this.#near(day, { [name]: limit }, true);
        return { granted: false, exceeded: name, remaining: Math.max(0, left), ...near };
      }
      remaining[name] = left - amount;
    }
    for (const [name, amount] of limited(amounts, limits)) this.#add(day, name, amount);
    if (work !== undefined) this.#sql.exec('INSERT INTO charged VALUES (?, ?)', work, day);
    this.#sql.exec('DELETE FROM used WHERE day < ?', day);
    this.#sql.exec(`DELETE FROM charged WHERE day < date(?, '-${rememberedDays} days')`, day);
    return { granted: true, remaining, ...this.#near(day, pick(limits, remaining)) };
  }

  used(day: string): Record<QuotaName, number> {
    const amounts = quotaNames.map((name) => [name, this.#used(day, name)] as const);
    return Object.fromEntries(amounts) as Record<QuotaName, number>;
  }

  /** What turned out to have been used, whatever the limit. */
  spend(day: string, amounts: QuotaAmounts): void {
    for (const [name, amount] of entries(amounts)) this.#add(day, name, amount);
  }

  /** Gives back what was taken for work that did not happen, to the day that is answered: for named `work`, the one it was taken from. */
  refund(day: string, amounts: QuotaAmounts, work?: string): string | undefined {
    const taken = work === undefined ? day : this.#chargedOn(work);
    if (taken === undefined) return undefined;
    if (work !== undefined) this.#sql.exec('DELETE FROM charged WHERE work = ?', work);
    for (const [name, amount] of entries(amounts)) this.#add(taken, name, -amount);
    return taken;
  }

  /** Levels that are reached and were not told; with `isRefused` what is left was too little, which counts as nothing. */
  #near(day: string, limits: QuotaAmounts, isRefused = false): { near?: readonly NearLimit[] } {
    if (this.#told.day !== day) this.#told = { day, levels: new Set() };
    const near = entries(limits).flatMap(([quota, limit]) => {
      if (limit === 0) return [];
      const used = this.#used(day, quota);
      const reached = levels.filter((level) => isRefused || 100 * used >= level * limit);
      return reached.flatMap((level): NearLimit[] => {
        const name = `${quota} ${level}`;
        if (this.#told.levels.has(name)) return [];
        this.#told.levels.add(name);
        return [{ quota, level, used, limit }];
      });
    });
    return near.length === 0 ? {} : { near };
  }

  #chargedOn(work: string): string | undefined {
    return this.#sql.exec<{ day: string }>('SELECT day FROM charged WHERE work = ?', work).toArray()[0]?.day;
  }

  #used(day: string, name: QuotaName): number {
    const row = this.#sql
      .exec<{ amount: number }>('SELECT amount FROM used WHERE day = ? AND name = ?', day, name)
      .toArray()[0];
    return row?.amount ?? 0;
  }

  #add(day: string, name: QuotaName, amount: number): void {
    this.#sql.exec(
      `INSERT INTO used (day, name, amount) VALUES (?1, ?2, MAX(0, ?3))
       ON CONFLICT (day, name) DO UPDATE SET amount = MAX(0, amount + ?3)`,
      day,
      name,
      amount,
    );
  }
}

const levels = [80, 100] as const;

/** The limits of what is named. */
function pick(limits: QuotaAmounts, named: QuotaAmounts): QuotaAmounts {
  return Object.fromEntries(entries(limits).filter(([name]) => named[name] !== undefined));
}

/** Longer than any job that may still repeat its work. */
const rememberedDays = 7;

function entries(amounts: QuotaAmounts): [QuotaName, number][] {
  return quotaNames.flatMap((name) => {
    const amount = amounts[name];
    return amount === undefined ? [] : [[name, amount] as [QuotaName, number]];
  });
}

function limited(amounts: QuotaAmounts, limits: QuotaAmounts): [QuotaName, number, number][] {
  return entries(amounts).flatMap(([name, amount]) => {
    const limit = limits[name];
    return limit === undefined ? [] : [[name, amount, limit] as [QuotaName, number, number]];
  });
}
