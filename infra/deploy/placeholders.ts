// What in wrangler.toml is still the example's and must be somebody's own before anything is deployed. Looks at text alone, so
// that the check costs nothing and needs no account.

/** The environments of wrangler.toml that are deployed for real; the top level is development. */
export const deployedEnvironments = ['staging', 'production'] as const;
export type DeployedEnvironment = (typeof deployedEnvironments)[number];

/** One line each, for whoever deploys; none where all is filled in. Without `environment` of the top level. */
export function placeholdersIn(toml: string, environment?: DeployedEnvironment): string[] {
  const section = sectionOf(toml, environment);
  if (section === undefined) return [`wrangler.toml has no [env.${environment}].`];
  const where = environment === undefined ? 'at the top' : `in [env.${environment}]`;
  const suffix = environment === undefined ? '' : `-${environment}`;
  const faults: string[] = [];
  if (/database_id\s*=\s*"0{8}-/.test(section)) {
    faults.push(
      `wrangler.toml, ${where}: database_id is a placeholder. Put in the id that \`wrangler d1 create clip-icm${suffix}\` prints.`,
    );
  }
  const [, endpoints = ''] = /WORKER_ENDPOINTS\s*=\s*"([^"]*)"/.exec(section) ?? [];
  for (const endpoint of endpoints.split(',').map((text) => text.trim())) {
    const fault = faultOfEndpoint(endpoint);
    if (fault !== undefined) {
      faults.push(
        `wrangler.toml, ${where}: WORKER_ENDPOINTS has ${fault}. Put in the public address of your workers.`,
      );
    }
  }
  return faults;
}

function faultOfEndpoint(endpoint: string): string | undefined {
  if (endpoint === '') return 'no address';
  const url = URL.parse(endpoint);
  if (url === null || !/^https?:$/.test(url.protocol)) return `${endpoint}, which is no address`;
  if (/(^|\.)example\.(com|org|net)$/.test(url.hostname)) return `the placeholder ${endpoint}`;
  if (/^(localhost|127\..*|\[::1\])$/.test(url.hostname)) return `${endpoint}, which only this machine has`;
  return undefined;
}

/** From the environment's heading to the next one's; comments left out. */
function sectionOf(toml: string, environment: DeployedEnvironment | undefined): string | undefined {
  const [top = '', ...sections] = toml.replace(/^\s*#.*$/gm, '').split(/^(?=\[env\.)/m);
  if (environment === undefined) return top;
  const own = sections.filter((section) => new RegExp(`^\\[env\\.${environment}[.\\]]`).test(section));
  return own.length === 0 ? undefined : own.join('\n');
}
