// `npm run chaos`: what a fit survives, and what it does not depend on. Each command prints a table and ends with 1 where
// anything in it is not as promised.

import { Command, InvalidArgumentError } from 'commander';
import { killBatches } from './batch-kills.ts';
import { killTrials } from './kills.ts';
import { measureMemory } from './memory.ts';
import { compareShards } from './shards.ts';

const program = new Command('npm run chaos --').description(
  'kill, split and prolong fits on the local stack',
);

program
  .command('kills', { isDefault: true })
  .description('kill -9 a worker, or the whole stack, at random points of a fit')
  .option('--trials <n>', 'of each kind', positive, 12)
  .option('--seed <n>', 'of the points', positive, Math.ceil(Math.random() * 1e6))
  .option('--kind <kind>', 'worker or stack; default: both')
  .action(conclude(killTrials));
program
  .command('batches')
  .description('kill -9 the whole stack twice in a batch, and compare every byte of it')
  .option('--trials <n>', 'how many', positive, 3)
  .option('--pictures <n>', 'of each', positive, 500)
  .option('--seed <n>', 'of the points', positive, Math.ceil(Math.random() * 1e6))
  .action(conclude(killBatches));
program
  .command('shards')
  .description('the same fit over 1, 2 and 4 workers and shards of 8, 64 and 512 pictures')
  .option('--pictures <n>', 'how many', positive, 600)
  .action(conclude(compareShards));
program
  .command('memory')
  .description("a worker's memory over a long fit")
  .option('--pictures <n>', 'how many', positive, 20_000)
  .action(conclude(measureMemory));

/** An action that sets the exit code by what it found. */
function conclude<Options>(check: (options: Options) => Promise<boolean>) {
  return async (options: Options) => {
    process.exitCode = (await check(options)) ? 0 : 1;
  };
}

function positive(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('Not a whole number above 0.');
}

await program.parseAsync();
