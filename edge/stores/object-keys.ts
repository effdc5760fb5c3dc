// The names of everything in R2, in one place. Every key starts with its tenant: `t/` is what is kept until it is deleted, `cache/`
// what is made again when it is missing, so that a rule of the bucket may let it expire (docs/deploy.md).

export const objectKeys = {
  /** Everything of a tenant. */
  prefixes: (tenantId: string) => [`t/${tenantId}/`, `cache/${tenantId}/`],
  /** The nonce makes a picture that was deleted and came back another object. */
  picture: (tenantId: string, sha256: string, nonce: string) => `t/${tenantId}/pictures/${sha256}-${nonce}`,
  artefact: (tenantId: string, projectionId: string) => `t/${tenantId}/projections/${projectionId}.icm`,
  /** `hash` is of the items and of how they were encoded, so equal work has one result. */
  statistics: (tenantId: string, hash: string) => `t/${tenantId}/statistics/${hash}.stats`,
  /** What only the job itself reads; goes when the job ends. */
  job: (tenantId: string, jobId: string) => `t/${tenantId}/jobs/${jobId}/`,
  plan: (tenantId: string, jobId: string, shard: number) => `t/${tenantId}/jobs/${jobId}/plan/${shard}.json`,
  jobResult: (tenantId: string, jobId: string, name: string) => `t/${tenantId}/jobs/${jobId}/${name}`,
  /** Rows of a shard of a batch, one a line. */
  batchShard: (tenantId: string, batchId: string, shard: number) =>
    `t/${tenantId}/batches/${batchId}/${shard}.jsonl`,
  batchSummary: (tenantId: string, batchId: string) => `t/${tenantId}/batches/${batchId}/summary.json`,
  batch: (tenantId: string, batchId: string) => `t/${tenantId}/batches/${batchId}/`,
  /** Pictures of a shard, encoded for an evaluation. */
  encoded: (tenantId: string, hash: string) => `cache/${tenantId}/encoded/${hash}.encoded`,
  /** A projection in a format that others read; `name` says which. */
  export: (tenantId: string, projectionId: string, name: string) =>
    `cache/${tenantId}/exports/${projectionId}/${name}`,
  exports: (tenantId: string, projectionId: string) => `cache/${tenantId}/exports/${projectionId}/`,
  prototypes: (tenantId: string, hash: string) => `cache/${tenantId}/prototypes/${hash}.f32`,
} as const;
