// One line of a terminal that is written over as work goes on. Draws nothing where the stream is no terminal.

import type { WriteStream } from 'node:tty';

type Terminal = Pick<WriteStream, 'write'> & Partial<Pick<WriteStream, 'isTTY' | 'columns'>>;

export type StatusLine = {
  update(text: string): void;
  /** Takes the line away, so that what is printed next starts on a clean one. */
  clear(): void;
};

const eraseLine = '\r\u001b[2K';

export function createStatusLine(terminal: Terminal = process.stderr): StatusLine {
  if (terminal.isTTY !== true) return { update: () => undefined, clear: () => undefined };
  return {
    update: (text) => {
      // Some terminals do not know their width and say 0.
      const columns = terminal.columns || 80;
      terminal.write(eraseLine + [...text].slice(0, columns - 1).join(''));
    },
    clear: () => {
      terminal.write(eraseLine);
    },
  };
}

/** `██████░░░░` for a share in [0, 1]. */
export function formatBar(share: number, width = 24): string {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * width);
  return '█'.repeat(filled) + '░'.repeat(width - filled);
}
