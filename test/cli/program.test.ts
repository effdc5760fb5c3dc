// The command line before any command runs: help, examples, what is refused and how it is worded; and how answers are laid out.

import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { formatCsv } from '#shared/csv.ts';
import { buildProgram } from '../../cli/program.ts';
import { describeFailure } from '../../cli/terminal/describe-failure.ts';
import { formatTable } from '../../cli/terminal/output.ts';

type Named = { readonly words: string[]; readonly command: Command };

function leaves(command: Command, words: string[] = []): Named[] {
  if (command.commands.length === 0) return [{ words, command }];
  return command.commands.flatMap((child) => leaves(child, [...words, child.name()]));
}

function helpOf(command: Command): string {
  const parts: string[] = [];
  command.configureOutput({ writeOut: (part) => void parts.push(part) }).outputHelp();
  return parts.join('');
}

describe('the program', async () => {
  const all = leaves(await buildProgram([], true));

  it.each(all.map(({ words, command }) => [words.join(' '), command] as const))(
    '%s has one example, which is of itself and has only options that there are',
    (words, command) => {
      const [, example = ''] = /\nExample:\n {2}clip-icm (.*)\n$/.exec(helpOf(command)) ?? [];
      expect(example.startsWith(words)).toBe(true);
      const flags = example.match(/--[\w-]+/g) ?? [];
      const known = command.options.map(({ long }) => long);
      expect(known).toEqual(expect.arrayContaining(flags));
    },
  );

  it('lists auto among the estimators when one is not known', async () => {
    const program = await buildProgram(['fit']);
    const fit = program.commands.find((command) => command.name() === 'fit');
    fit?.configureOutput({ writeErr: () => undefined });
    const refused = await program
      .parseAsync(['fit', 'a', '--estimator', 'best'], { from: 'user' })
      .catch((error: unknown) => error);
    expect(String(refused)).toMatch(/auto, or one of .*icm/);
  });
});

describe('a failure of a file', () => {
  it.each([
    ['ENOENT', /^error: a\/b is not there\.$/],
    ['EACCES', /^error: a\/b may not be read/],
    ['EISDIR', /^error: a\/b is a directory/],
  ])('%s is said in words', (code, words) => {
    const error = Object.assign(new Error(`${code}: raw text, open 'a/b'`), { code, path: 'a/b' });
    expect(describeFailure(error)).toEqual({ message: expect.stringMatching(words), exitCode: 1 });
  });
});

describe('a table', () => {
  const rows = [
    ['a/very/long/path/to/a/picture.png', 'four leaf clover', 12],
    ['b.png', 'cat', 3],
  ];

  it('gives way in a narrow terminal, and is whole in a pipe', () => {
    const narrow = formatTable(['picture', 'label', 'count'], rows, '', 40).split('\n');
    for (const line of narrow) expect([...line].length).toBeLessThanOrEqual(40);
    expect(narrow[1]).toMatch(/^a\/very\S*… .* +12$/);
    expect(formatTable(['picture', 'label', 'count'], rows, '', Number.POSITIVE_INFINITY)).toContain(
      'a/very/long/path/to/a/picture.png  four leaf clover     12',
    );
  });
});

describe('comma-separated values', () => {
  it('quote what holds commas, quotes or lines, and are no formulas', () => {
    const text = formatCsv(
      ['a', 'b'],
      [
        ['x, "y"', 1.5],
        ['=1+1', 'two\nlines'],
      ],
    );
    expect(text).toBe('a,b\r\n"x, ""y""",1.5\r\n\'=1+1,"two\nlines"');
  });
});
