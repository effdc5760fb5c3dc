// What a button of a row is about, for whoever hears it without seeing the row. It follows the words that are seen, so that the name
// begins with them, as whoever speaks to a computer says them.

export function OfRow({ what }: { what: string }) {
  return <span class="sr-only"> {what}</span>;
}
