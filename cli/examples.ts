// One example for each command that brings none of its own, shown at the end of its --help. test/cli/program.test.ts asks every command for its own.

import type { Command } from 'commander';

/** By the command's words; without the program's name. */
const examples: Readonly<Record<string, string>> = {
  demo: 'demo',
  serve: 'serve --port 8787 --data-dir ./state',
  fit: 'fit birds --directory photos/ --heads zero-shot,probe',
  correct: 'correct IMG_0132.jpg --projection birds --label robin --environment garden',
  'projections list': 'projections list',
  'projections get': 'projections get birds',
  'projections report': 'projections report birds',
  'projections selection': 'projections selection birds@2',
  'projections refit': 'projections refit birds --estimator icm --lambda 0.3',
  'projections extend': 'projections extend birds --add new-camera',
  'projections promote': 'projections promote birds@2 --from 1',
  'projections rollback': 'projections rollback birds',
  'projections shadow': 'projections shadow birds --version 3',
  'projections alias': 'projections alias birds --version 2',
  'projections release': 'projections release birds',
  'projections download': 'projections download birds@2 birds.icm',
  'projections upload': 'projections upload birds birds.icm',
  'projections delete': 'projections delete birds@1',
  'datasets list': 'datasets list --json',
  'datasets create': 'datasets create camera-7 --description "the river"',
  'datasets get': 'datasets get camera-7',
  'datasets upload': 'datasets upload camera-7 photos/ --create',
  'datasets import': 'datasets import camera-7 addresses.json',
  'datasets items': 'datasets items camera-7',
  'datasets delete': 'datasets delete camera-7',
  'batches list': 'batches list',
  'batches get': 'batches get bat_9fKq2LmZx0',
  'batches download': 'batches download bat_9fKq2LmZx0 --csv rows.csv',
  'batches link': 'batches link bat_9fKq2LmZx0 --hours 48',
  'batches delete': 'batches delete bat_9fKq2LmZx0',
  'jobs list': 'jobs list',
  'jobs get': 'jobs get job_9fKq2LmZx0',
  'jobs wait': 'jobs wait job_9fKq2LmZx0',
  'jobs cancel': 'jobs cancel job_9fKq2LmZx0',
  'webhooks list': 'webhooks list',
  'webhooks add': 'webhooks add https://hooks.example.com/clip-icm --events job.ended',
  'webhooks test': 'webhooks test whk_9Lr2KdTq5XbVn8RyMc3ZpF7H',
  'webhooks deliveries': 'webhooks deliveries whk_9Lr2KdTq5XbVn8RyMc3ZpF7H',
  'webhooks disable': 'webhooks disable whk_9Lr2KdTq5XbVn8RyMc3ZpF7H',
  'webhooks enable': 'webhooks enable whk_9Lr2KdTq5XbVn8RyMc3ZpF7H',
  'webhooks rotate': 'webhooks rotate whk_9Lr2KdTq5XbVn8RyMc3ZpF7H --grace 3600',
  'webhooks delete': 'webhooks delete whk_9Lr2KdTq5XbVn8RyMc3ZpF7H',
  'keys list': 'keys list',
  'keys create': 'keys create camera-7 --scopes classify',
  'keys disable': 'keys disable key_G0ue1t4vBlc4dLXD',
  'keys enable': 'keys enable key_G0ue1t4vBlc4dLXD',
  'keys rotate': 'keys rotate key_G0ue1t4vBlc4dLXD --grace 3600',
  'keys revoke': 'keys revoke key_G0ue1t4vBlc4dLXD',
  usage: 'usage --from 2026-11-01 --to 2026-11-30',
  evaluate: 'evaluate photos/ --target sketch --report report.html',
  'models pull': 'models pull Xenova/clip-vit-base-patch16',
  'models list': 'models list',
  'models verify': 'models verify Xenova/clip-vit-base-patch16',
};

/** Adds to every command below `command`, which goes by `words`, the example that it has. */
export function addExamples(command: Command, words: readonly string[]): void {
  const example = examples[words.join(' ')];
  if (example !== undefined) command.addHelpText('after', `\nExample:\n  clip-icm ${example}`);
  for (const child of command.commands) addExamples(child, [...words, child.name()]);
}
