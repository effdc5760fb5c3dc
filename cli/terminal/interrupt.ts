// Ends from outside: Ctrl-C, and a reader that has seen enough (`| head`). A command that has something running elsewhere says
// at Ctrl-C what becomes of it.

const words: string[] = [];

/** Every command ends with a word and 130; `serve` drains first and has listeners of its own. */
export function endWithAWord(): void {
  process.once('SIGINT', () => {
    process.stderr.write(`\n${[...words, 'stopped'].join('\n')}\n`);
    process.exit(130);
  });
}

/** Nobody reads what is printed any more: that is no failure, and nothing to tell of. */
export function endWithTheReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
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
