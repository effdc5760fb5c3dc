// `clip-icm correct`: the right label of pictures that a projection answered, for its next refit.

import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { maxInputs } from '#shared/contracts/limits.ts';
import { type ConnectionOptions, connect, withConnection } from '../connection.ts';
import { formatTable, print } from '../terminal/output.ts';

type CorrectOptions = ConnectionOptions & {
  readonly projection: string;
  readonly label?: string;
  readonly environment?: string;
  readonly list?: true;
  readonly delete?: string;
};

export function correctCommand(): Command {
  const command = new Command('correct')
    .description('say what pictures really are; `projections refit --corrections` takes it in')
    .argument('[pictures...]', 'files, all of the one label')
    .requiredOption('--projection <projection>', 'whose answers they are')
    .option('--label <label>', 'the right one, of the projection’s labels')
    .option('--environment <name>', 'where the pictures come from')
    .option('--list', 'show what was corrected')
    .option('--delete <correction>', 'take one back, by its id');
  return withConnection(command).action(correct);
}

async function correct(files: readonly string[], options: CorrectOptions): Promise<void> {
  const { projection, label, environment } = options;
  const { corrections } = await connect(options);
  if (options.delete !== undefined) {
    await corrections.delete(options.delete);
    return print(options, { deleted: options.delete }, `Took ${options.delete} back.`);
  }
  if (options.list === true) {
    const items = await corrections.of(projection.split('@')[0] ?? projection).all();
    const rows = items.map((item) => [
      item.label,
      item.answered ?? '',
      item.environment,
      item.sha256.slice(0, 12),
      item.id,
    ]);
    const heading = ['right', 'answered', 'environment', 'picture', 'id'];
    return print(options, items, formatTable(heading, rows, 'Nothing was corrected.'));
  }
  if (files.length === 0 || label === undefined || environment === undefined) {
    throw new Error('Name pictures, their --label and their --environment; or --list, or --delete.');
  }
  let kept = 0;
  const failures: string[] = [];
  for (let from = 0; from < files.length; from += maxInputs) {
    const some = files.slice(from, from + maxInputs);
    const made = await corrections.add({
      projection,
      corrections: await Promise.all(
        some.map(async (file) => ({
          input: { image: (await readFile(file)).toString('base64') },
          label,
          environment,
        })),
      ),
    });
    kept += made.items.length;
    failures.push(...made.failures.map(({ index, detail }) => `${some[index]}: ${detail}`));
  }
  const next = `clip-icm projections refit ${projection} --corrections takes them in.`;
  print(
    options,
    { kept, failures },
    [`Kept ${kept} ${kept === 1 ? 'correction' : 'corrections'}. ${next}`, ...failures].join('\n'),
  );
}
