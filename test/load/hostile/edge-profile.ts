// The longest stretch that the edge was busy with one piece of JavaScript, by a CPU profile through the inspector.

type ProfileNode = {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  readonly children?: readonly number[];
};
type CpuProfile = {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  /** Microseconds since the sample before. */
  readonly timeDeltas: readonly number[];
};

/** Bytes: of objects, and of what buffers hold beside them. */
type HeapUsage = { readonly usedSize: number; readonly backingStorageSize: number };

export type Stretch = {
  readonly durationMs: number;
  /** The function that most of it was spent in, and the one that it was called from in the end. */
  readonly mostlyIn: string;
};

export type Profiled = {
  readonly longest: Stretch;
  /** What most of its own time went to, most first, in words. */
  readonly busiest: readonly string[];
  /** What the isolate still holds once its garbage is collected: what more the process has grown by holds nothing. */
  readonly heldMiB: number;
};

export type Profiler = {
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<Profiled>;
  readonly close: () => void;
};

const samplingMicroseconds = 2000;
/** While an isolate has nothing to do it is not sampled: two samples that are so far apart have a pause in between. */
const pauseMicroseconds = 2.5 * samplingMicroseconds;
const notBusy = new Set(['(idle)', '(program)', '(root)']);

export async function openProfiler(inspectorUrl: string): Promise<Profiler> {
  const socket = new WebSocket(inspectorUrl);
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve());
    socket.addEventListener('error', () => reject(new Error('the inspector does not answer')));
  });
  const waiting = new Map<number, (result: unknown) => void>();
  let nextId = 1;
  socket.addEventListener('message', ({ data }) => {
    const { id, result } = JSON.parse(String(data)) as { id?: number; result?: unknown };
    if (id === undefined) return;
    waiting.get(id)?.(result);
    waiting.delete(id);
  });
  const send = (method: string, params: Record<string, unknown> = {}) =>
    new Promise<unknown>((resolve) => {
      const id = nextId++;
      waiting.set(id, resolve);
      socket.send(JSON.stringify({ id, method, params }));
    });
  await send('Profiler.enable');
  await send('Profiler.setSamplingInterval', { interval: samplingMicroseconds });
  return {
    start: async () => void (await send('Profiler.start')),
    stop: async () => {
      const { profile } = (await send('Profiler.stop')) as { profile: CpuProfile };
      await send('HeapProfiler.collectGarbage');
      const { usedSize, backingStorageSize } = (await send('Runtime.getHeapUsage')) as HeapUsage;
      return {
        longest: longestStretch(profile),
        busiest: busiestFunctions(profile),
        heldMiB: (usedSize + backingStorageSize) / 2 ** 20,
      };
    },
    close: () => socket.close(),
  };
}

/** Samples in a row under one and the same first function: a turn of the event loop, or several of one kind without a pause. */
export function longestStretch({ nodes, samples, timeDeltas }: CpuProfile): Stretch {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const firstOf = firstFunctions(nodes);
  let longest: Stretch = { durationMs: 0, mostlyIn: '' };
  let current: { first: number | undefined; micros: number; spent: Map<number, number> } | undefined;
  const nameOf = (id: number | undefined) => {
    const frame = id === undefined ? undefined : byId.get(id)?.callFrame;
    return frame === undefined ? '' : `${frame.functionName || '(anonymous)'}:${frame.lineNumber + 1}`;
  };
  const settle = () => {
    if (current === undefined || current.micros / 1000 <= longest.durationMs) return;
    const [most] = [...current.spent].toSorted(([, a], [, b]) => b - a)[0] ?? [];
    longest = {
      durationMs: current.micros / 1000,
      mostlyIn: `${nameOf(most)}, begun in ${nameOf(current.first)}`,
    };
  };
  samples.forEach((sample, index) => {
    const isBusy = !notBusy.has(byId.get(sample)?.callFrame.functionName ?? '(root)');
    const first = firstOf.get(sample);
    if (!isBusy || current?.first !== first) {
      settle();
      current = isBusy ? { first, micros: 0, spent: new Map() } : undefined;
    }
    if (current === undefined) return;
    // What passes until the next sample belongs to this one.
    const untilNext = timeDeltas[index + 1] ?? 0;
    const micros = Math.min(untilNext, pauseMicroseconds);
    current.micros += micros;
    current.spent.set(sample, (current.spent.get(sample) ?? 0) + micros);
    if (untilNext >= pauseMicroseconds) {
      settle();
      current = undefined;
    }
  });
  settle();
  return longest;
}

const shownFunctions = 12;

function busiestFunctions({ nodes, samples, timeDeltas }: CpuProfile): string[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const spent = new Map<string, number>();
  let all = 0;
  samples.forEach((sample, index) => {
    const frame = byId.get(sample)?.callFrame;
    const micros = timeDeltas[index + 1] ?? 0;
    all += micros;
    if (frame === undefined || frame.functionName === '(idle)') return;
    const name = `${frame.functionName || '(anonymous)'}:${frame.lineNumber + 1}`;
    spent.set(name, (spent.get(name) ?? 0) + micros);
  });
  return [...spent]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, shownFunctions)
    .map(([name, micros]) => `${((100 * micros) / all).toFixed(1)} % ${name}`);
}

/** Of each node, the child of the root that it lies under. */
function firstFunctions(nodes: readonly ProfileNode[]): Map<number, number> {
  const children = new Map(nodes.map(({ id, children: below = [] }) => [id, below]));
  const firstOf = new Map<number, number>();
  const root = nodes.find(({ callFrame }) => callFrame.functionName === '(root)');
  for (const first of root?.children ?? []) {
    const pending = [first];
    for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
      firstOf.set(id, first);
      pending.push(...(children.get(id) ?? []));
    }
  }
  return firstOf;
}
