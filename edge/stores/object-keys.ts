// The names of everything in R2, in one place. Every key starts with its tenant.

export const objectKeys = {
  /** The nonce makes a picture that was deleted and came back another object. */
  picture: (tenantId: string, sha256: string, nonce: string) => `t/${tenantId}/pictures/${sha256}-${nonce}`,
  artefact: (tenantId: string, projectionId: string) => `t/${tenantId}/projections/${projectionId}.icm`,
  /** `hash` is of the items and of how they were encoded, so equal work has one result. */
  statistics: (tenantId: string, hash: string) => `t/${tenantId}/statistics/${hash}.stats`,
  encoded: (tenantId: string, hash: string) => `t/${tenantId}/encoded/${hash}.encoded`,
  embedding: (tenantId: string, sha256: string, revision: string) =>
    `t/${tenantId}/embeddings/${sha256}/${revision}.f32`,
  prototypes: (tenantId: string, hash: string) => `t/${tenantId}/prototypes/${hash}.f32`,
  /** What only the job itself reads; goes when the job ends. */
  job: (tenantId: string, jobId: string) => `t/${tenantId}/jobs/${jobId}/`,
  plan: (tenantId: string, jobId: string, shard: number) => `t/${tenantId}/jobs/${jobId}/plan/${shard}.json`,
  jobResult: (tenantId: string, jobId: string, name: string) => `t/${tenantId}/jobs/${jobId}/${name}`,
} as const;
