// Works on a stream of items a few at a time and yields the answers in the stream's order, so that sums come out the same
// whatever finishes first, and no more than the window is held.

/** A rejected task, or a source that throws, ends the generator; tasks under way are left to finish by themselves. */
export async function* orderedWindow<Item, Answer>(
  source: AsyncIterable<Item> | Iterable<Item>,
  windowSize: number,
  task: (item: Item) => Promise<Answer>,
): AsyncGenerator<Answer> {
  const underWay: Promise<Answer>[] = [];
  for await (const item of source) {
    const answer = task(item);
    // A failure is reported where it is awaited below; without this it would count as unhandled until then.
    answer.catch(() => undefined);
    underWay.push(answer);
    if (underWay.length >= windowSize) yield await (underWay.shift() as Promise<Answer>);
  }
  for (const answer of underWay) yield await answer;
}

/** Everything a stream yields. */
export async function collect<Item>(source: AsyncIterable<Item>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of source) items.push(item);
  return items;
}
