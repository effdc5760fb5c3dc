// Ends from outside: Ctrl-C, and a reader that has seen enough (`| head`). A command that has something running elsewhere says,
// and may decide, at Ctrl-C what becomes of it.

const words: string[] = [];
const acts: (() => Promise<string>)[] = [];

/** How long an act may keep the program from ending; a second Ctrl-C ends it at once. */
const actTimeoutMs = 5000;

/** Every command ends with a word and 130; `serve` drains first and has listeners of its own. */
export function endWithAWord(): void {
  process.once('SIGINT', () => {
    const said = [...words];
    void Promise.all(acts.map((act) => withinTime(act()))).then((more) => {
      process.stderr.write(`\n${[...said, ...more, 'stopped'].join('\n')}\n`);
      process.exit(130);
    });
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
  return put(words, text);
}

/** `act` is done at Ctrl-C, and what it answers is said, until the returned function is called. It must not reject. */
export function doAtInterrupt(act: () => Promise<string>): () => void {
  return put(acts, act);
}

function put<T>(list: T[], item: T): () => void {
  list.push(item);
  return () => {
    const place = list.indexOf(item);
    if (place !== -1) list.splice(place, 1);
  };
}

async function withinTime(said: Promise<string>): Promise<string> {
  const late = new Promise<string>((resolve) => {
    setTimeout(resolve, actTimeoutMs, 'The service did not answer in time.');
  });
  return Promise.race([said, late]);
}
