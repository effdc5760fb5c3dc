// Whether an environment of wrangler.toml has everything that the edge needs: environments inherit neither bindings nor vars, so
// what is added to the top level and forgotten below is missed only when it runs.

import { unstable_readConfig as readConfig } from 'wrangler';
import { z } from 'zod';
import { type DeployedEnvironment, placeholdersIn } from './placeholders.ts';

const Named = z.array(z.looseObject({ binding: z.string() }));
const Config = z.object({
  vars: z.record(z.string(), z.unknown()),
  d1_databases: z.array(
    z.looseObject({ binding: z.string(), database_name: z.string(), database_id: z.string() }),
  ),
  r2_buckets: z.array(z.looseObject({ binding: z.string(), bucket_name: z.string() })),
  workflows: Named,
  durable_objects: z.object({ bindings: z.array(z.looseObject({ name: z.string() })) }),
  ratelimits: z.array(z.looseObject({ name: z.string() })),
});
export type CheckedConfig = z.infer<typeof Config>;

/** The environment as wrangler reads it, and what is wrong with it, one line each. */
export function checkConfig(
  file: string,
  toml: string,
  environment: DeployedEnvironment,
): { readonly config: CheckedConfig; readonly faults: string[] } {
  const read = (env: string | undefined) =>
    Config.parse(readConfig({ config: file, ...(env === undefined ? {} : { env }) }, { hideWarnings: true }));
  const config = read(environment);
  const there = new Set(bindingsOf(config));
  const missing = bindingsOf(read(undefined)).filter((binding) => !there.has(binding));
  const faults = missing.map(
    (binding) =>
      `wrangler.toml, in [env.${environment}]: the binding ${binding} of the top level is missing.`,
  );
  if (config.vars.ENVIRONMENT !== environment) {
    faults.push(`wrangler.toml, in [env.${environment}]: ENVIRONMENT is not "${environment}".`);
  }
  if (typeof config.vars.DEFAULT_MODEL !== 'string' || config.vars.DEFAULT_MODEL === '') {
    faults.push(`wrangler.toml, in [env.${environment}]: DEFAULT_MODEL is missing.`);
  }
  return { config, faults: [...placeholdersIn(toml, environment), ...faults] };
}

function bindingsOf({ d1_databases, r2_buckets, workflows, durable_objects, ratelimits }: CheckedConfig) {
  return [
    ...[...d1_databases, ...r2_buckets, ...workflows].map(({ binding }) => binding),
    ...[...durable_objects.bindings, ...ratelimits].map(({ name }) => name),
  ];
}
