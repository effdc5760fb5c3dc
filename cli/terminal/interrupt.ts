// Ctrl-C: what is said before the program ends. A command that has something running elsewhere says what becomes of it.

const words: string[] = [];

/** Every command ends with a word and 130; `serve` drains first and has listeners of its own. */
export function endWithAWord(): void {
  process.once('SIGINT', () => {
    process.stderr.write(`\n${[...words, 'stopped'].join('\n')}\n`);
    process.exit(130);
  });
}

/** `text` is said at Ctrl-C until the returned function is called. */
export function sayAtInterrupt(text: string): () => void {
  words.push(text);
  return () => {
    const place = words.indexOf(text);
    if (place !== -1) words.splice(place, 1);
  };
}
