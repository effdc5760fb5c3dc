// The commands that a page of documentation shows, and running them in one shell, as somebody does who pastes them.

import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';

export type Block = { readonly command: string; readonly shown: string };

/** `sh` and `js` blocks are run, `console` blocks are only shown; a `text` block after one is what it printed. */
export async function readBlocks(page: string): Promise<Block[]> {
  const markdown = await readFile(page, 'utf8');
  const runnable = /```(sh|js)\n(.*?)\n```(?:\n\n```text\n(.*?)\n```)?/gs;
  return [...markdown.matchAll(runnable)].map(([, language, code = '', shown = '']) => ({
    // Scripts lie in the project that the client is installed into, and run where the page's other commands do.
    command:
      language === 'sh'
        ? code
        : `cat > "$PROJECT/block.mjs" <<'END_OF_SCRIPT'\n${code}\nEND_OF_SCRIPT\nnode "$PROJECT/block.mjs"`,
    shown,
  }));
}

/** How pages call the command line in a checkout. */
export const inPackage = 'npm run -s clip-icm -- ';

/** The command lines of a page's `sh` blocks, without what they say behind them. */
export async function readCommands(page: string): Promise<string[]> {
  const blocks = await readBlocks(page);
  return blocks
    .flatMap(({ command }) => command.split('\n').map((line) => line.replace(/ +# .*$/, '')))
    .filter((line) => line !== '');
}

const marker = '=== next block ===';

export type Ran = { readonly code: number | null; readonly printed: string[]; readonly errors: string };

/** What each block prints, up to one that fails. */
export async function runBlocks(
  blocks: readonly Pick<Block, 'command'>[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<Ran> {
  const script = ['set -euo pipefail', ...blocks.map(({ command }) => `${command}\necho '${marker}'`)];
  const child = spawn('bash', ['-c', script.join('\n')], { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await exited, printed: output.split(`${marker}\n`), errors };
}
