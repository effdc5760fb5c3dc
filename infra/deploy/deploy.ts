// `npm run deploy -- production`: checks what can be known beforehand, says what is wrong in one line each, and runs
// `wrangler deploy` only where nothing is. Static files are built first.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot } from '../project-root.ts';
import { checkAccount } from './check-account.ts';
import { checkConfig } from './check-config.ts';
import { deployedEnvironments } from './placeholders.ts';

const usage = `Usage: npm run deploy -- ${deployedEnvironments.join('|')} [--config FILE] [--skip-endpoints] [--check]`;

process.exitCode = await deploy(process.argv.slice(2));

async function deploy(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      /** Another file than the checkout's. */
      config: { type: 'string' },
      /** For workers that only the edge can reach. */
      'skip-endpoints': { type: 'boolean' },
      /** Only looks. */
      check: { type: 'boolean' },
    },
  });
  const environment = deployedEnvironments.find((name) => name === positionals[0]);
  if (environment === undefined || positionals.length !== 1) return refuse([usage], 2);
  const file = path.resolve(values.config ?? path.join(projectRoot, 'wrangler.toml'));
  const { config, faults } = checkConfig(file, readFileSync(file, 'utf8'), environment);
  if (faults.length > 0) return refuse(faults);
  const vars = values['skip-endpoints'] === true ? undefined : config.vars.WORKER_ENDPOINTS;
  const wrong = await checkAccount(config, environment, vars === undefined ? [] : String(vars).split(','));
  if (wrong.length > 0) return refuse(wrong);
  console.log(`Everything that ${environment} needs is there.`);
  if (values.check === true) return 0;
  if (!existsSync(path.join(projectRoot, 'dist/assets')) && run('node', ['infra/assets.ts']) !== 0) return 1;
  return run('wrangler', ['deploy', '--env', environment, '--config', file]);
}

function refuse(lines: readonly string[], code = 1): number {
  for (const line of lines) console.error(line);
  return code;
}

function run(command: string, args: readonly string[]): number {
  const shell = process.platform === 'win32';
  return spawnSync(command, args, { cwd: projectRoot, stdio: 'inherit', shell }).status ?? 1;
}
