// Names that requests choose among, and what is chosen where a request says nothing. Free of zod, so that the console lists
// them without shipping the validator.

export const scopes = [
  'classify',
  'embed',
  'datasets',
  'projections',
  'evaluate',
  'webhooks:manage',
  'keys:manage',
] as const;

/** What a tenant can be told of. */
export const webhookEventTypes = ['job.ended', 'environment.drifted', 'quota.near'] as const;

/** What a tenant has a daily quota of. */
export const quotaNames = ['requests', 'pictures', 'pixels', 'texts', 'fetches'] as const;

export const estimators = ['identity', 'icm', 'nap', 'soft', 'gevd'] as const;

export const heads = ['zero-shot', 'probe', 'wise'] as const;

/** `{}` is where the label goes. */
export const defaultTemplate = 'a picture of a {}';
export const defaultTemplates: readonly string[] = [defaultTemplate];

/** Of a picture that says none. */
export const defaultEnvironment = 'default';
