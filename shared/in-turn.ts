// A few of many tasks at once.

/** Answers in the order of the items; the first task that throws keeps the rest from starting. */
export async function inTurn<Item, Answer>(
  items: readonly Item[],
  atOnce: number,
  task: (item: Item) => Promise<Answer>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  const waiting = items.entries();
  let hasThrown = false;
  const runner = async () => {
    try {
      // One iterator for all: each takes the next.
      for (const [index, item] of waiting) {
        if (hasThrown) return;
        answers[index] = await task(item);
      }
    } catch (thrown) {
      hasThrown = true;
      throw thrown;
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, runner));
  return answers;
}
