// A queue that serves its parties in turn, each in proportion to its weight, and the tasks of one party in the order they came:
// start-time fair queueing (Goyal, Vin and Cheng, 1996). Whoever has been idle begins level with the others, without credit.

/** On whose behalf work is done: an opaque tag of the tenant, and how much its plan weighs. */
export type Party = { readonly tag: string; readonly weight: number };

/** Who asks without saying for whom: workers of before, tests, the operator's own tools. */
export const nobody: Party = { tag: '', weight: 1 };

export type FairQueue<Task> = {
  readonly push: (task: Task, party: Party) => void;
  /** The task whose turn it is; `undefined` where there is none. */
  readonly shift: () => Task | undefined;
  /** The same, left where it is. */
  readonly peek: () => Task | undefined;
  /** The next in turn, and with it others that `belong` to it: `countFor` it in all at most. */
  readonly takeWith: (countFor: (first: Task) => number, fit: (task: Task, first: Task) => boolean) => Task[];
  /** Takes out what `matches`, of all parties. */
  readonly remove: (matches: (task: Task) => boolean) => Task[];
  readonly size: () => number;
  /** Of the parties that have tasks waiting. */
  readonly tags: () => string[];
};

type Waiting<Task> = { readonly task: Task; readonly start: number };
type Line<Task> = { tasks: Waiting<Task>[]; finish: number };

/** `costOf`: how much of its turn a task takes; default: all cost the same. */
export function createFairQueue<Task>(costOf: (task: Task) => number = () => 1): FairQueue<Task> {
  const lines = new Map<string, Line<Task>>();
  /** The start of what was served last: everything before it is past. */
  let virtualTime = 0;
  let size = 0;

  function first(): Line<Task> | undefined {
    let best: Line<Task> | undefined;
    for (const line of lines.values()) {
      const [head] = line.tasks;
      if (head !== undefined && (best?.tasks[0] === undefined || head.start < best.tasks[0].start))
        best = line;
    }
    return best;
  }

  /** A party that owes nothing and waits for nothing is as good as new; so are all when nobody waits. */
  function settle(servedStart: number): void {
    virtualTime = servedStart;
    if (size === 0) {
      lines.clear();
      virtualTime = 0;
    }
    for (const [tag, line] of lines) {
      if (line.tasks.length === 0 && line.finish <= virtualTime) lines.delete(tag);
    }
  }

  return {
    push(task, { tag, weight }) {
      const line = lines.get(tag) ?? { tasks: [], finish: 0 };
      lines.set(tag, line);
      const start = Math.max(virtualTime, line.finish);
      line.finish = start + costOf(task) / Math.max(weight, Number.MIN_VALUE);
      line.tasks.push({ task, start });
      size++;
    },
    shift() {
      const served = first()?.tasks.shift();
      if (served === undefined) return undefined;
      size--;
      settle(served.start);
      return served.task;
    },
    peek: () => first()?.tasks[0]?.task,
    takeWith(countFor, belongs) {
      const waiting = [...lines.values()].flatMap(({ tasks }) => tasks).toSorted((a, b) => a.start - b.start);
      const [next] = waiting;
      if (next === undefined) return [];
      const fitting = waiting.filter(({ task }) => belongs(task, next.task));
      const taken = new Set(fitting.slice(0, countFor(next.task)));
      for (const line of lines.values()) line.tasks = line.tasks.filter((one) => !taken.has(one));
      size -= taken.size;
      settle(next.start);
      return [...taken].map(({ task }) => task);
    },
    remove(matches) {
      const removed: Task[] = [];
      for (const line of lines.values()) {
        const kept = line.tasks.filter(({ task }) => !matches(task));
        if (kept.length === line.tasks.length) continue;
        removed.push(...line.tasks.filter(({ task }) => matches(task)).map(({ task }) => task));
        line.tasks = kept;
      }
      size -= removed.length;
      return removed;
    },
    size: () => size,
    tags: () => [...lines].flatMap(([tag, { tasks }]) => (tasks.length > 0 ? [tag] : [])),
  };
}
