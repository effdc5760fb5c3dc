// What the edge tells its operator: one line of JSON each, always in this shape, so that a query over the logs needs to know no
// more. What concerns a caller's request alone is for the caller, not for the log.

export type LogEntry = {
  readonly level: 'warn' | 'error';
  /** What happened, in words with hyphens: `step-failed`. */
  readonly event: string;
  /** Of the request, or of the job that works without one; `undefined` for what is nobody's. */
  readonly requestId: string | undefined;
  /** Names and numbers that belong to this event. */
  readonly about?: Readonly<Record<string, string | number>>;
  /** What was thrown, if anything was: its message, and for errors the stack. */
  readonly thrown?: unknown;
};

export type Log = (entry: LogEntry) => void;

export const writeLog: Log = ({ level, event, requestId, about, thrown }) => {
  const { message, stack } = thrown instanceof Error ? thrown : { message: thrown, stack: undefined };
  const failure =
    thrown === undefined ? {} : { message: String(message), ...(level === 'error' ? { stack } : {}) };
  console[level](JSON.stringify({ level, event, requestId, ...about, ...failure }));
};
