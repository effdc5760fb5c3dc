// A few of many tasks at once.

/** Answers in the order of the items; the first task that throws keeps the rest from starting. */
export async function inTurn<Item, Answer>(
  items: readonly Item[],
  atOnce: number,
  task: (item: Item) => Promise<Answer>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  const waiting = items.entries();
  const runner = async () => {
    // One iterator for all: each takes the next.
    for (const [index, item] of waiting) answers[index] = await task(item);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, runner));
  return answers;
}
