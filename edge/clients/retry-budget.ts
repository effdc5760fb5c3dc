// Bounds retries to a share of the calls, so that an outage is not made worse by them.
// Pure: no clock, no I/O.

export type RetryBudget = {
  /** Each first attempt earns a share of a retry. */
  earn(): void;
  /** Takes one retry, or says that there is none left. */
  spend(): boolean;
};

export function createRetryBudget({ share = 0.2, capacity = 10 } = {}): RetryBudget {
  let tokens = capacity;
  return {
    earn() {
      tokens = Math.min(capacity, tokens + share);
    },
    spend() {
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}
