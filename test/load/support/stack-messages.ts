// What the load scripts and a stack in a process of its own say to each other.

export type StackOrder = {
  readonly stateDirectory: string;
  readonly workers?: number;
  /** Whether they go second on a contended processor; default true. */
  readonly workersGoSecond?: boolean;
  /** Opens the inspector of the edge. */
  readonly inspect?: boolean;
  readonly bindings?: Readonly<Record<string, string>>;
  readonly workerEnvironment?: Readonly<Record<string, string>>;
};

export type StackOpened = {
  readonly url: string;
  readonly adminSecret: string;
  /** What calls to the workers are signed with; where a script calls them itself. */
  readonly workerSecret?: string;
  readonly workerUrls: readonly string[];
  /** Of the edge's own worker, for the Chrome DevTools protocol; where it was asked for. */
  readonly inspectorUrl?: string;
};

export type StackQuestion =
  /** Process ids of the GPU workers that run now. */
  | { readonly kind: 'worker-pids' }
  /** Keys of everything in the bucket. */
  | { readonly kind: 'objects' }
  /** One object, in base64. */
  | { readonly kind: 'object'; readonly key: string }
  /** Runs what the cron trigger runs, once. */
  | { readonly kind: 'housekeeping' }
  | { readonly kind: 'close' };

export type StackRequest = { readonly id: number; readonly question: StackQuestion };
export type StackAnswer = { readonly id: number; readonly value: unknown };
export type StackMessage = { readonly opened: StackOpened } | { readonly failed: string } | StackAnswer;
