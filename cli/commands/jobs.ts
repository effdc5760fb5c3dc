// `clip-icm jobs`: list, look, follow to the end, cancel.

import { Command } from 'commander';
import type { Job } from '#shared/contracts/job.ts';
import { type ConnectionOptions, connect, withConnection } from '../connection.ts';
import { formatJob, waitForJob } from '../terminal/job-progress.ts';
import { formatTable, print } from '../terminal/output.ts';

export function jobsCommand(): Command {
  const command = new Command('jobs').description('list, follow and cancel jobs');
  const add = (usage: string, description: string) =>
    withConnection(command.command(usage)).description(description);
  add('list', 'newest first').action(list);
  add('get <job>', 'as it is now').action(get);
  add('wait <job>', 'follow it to its end').action(wait);
  add('cancel <job>', 'stop it within one shard').action(cancel);
  return command;
}

async function list(options: ConnectionOptions): Promise<void> {
  const client = await connect(options);
  const jobs = await client.jobs.all();
  const rows = jobs.map(({ id, kind, status, stage, progress, createdAt }) => [
    id,
    kind,
    status,
    stage,
    progress.total === 0 ? '' : `${progress.done}/${progress.total}`,
    createdAt,
  ]);
  print(options, jobs, formatTable(['job', 'kind', 'status', 'stage', 'done', 'begun'], rows, 'No jobs.'));
}

async function get(id: string, options: ConnectionOptions): Promise<void> {
  const job = await (await connect(options)).jobs.get(id);
  print(options, job, describeJob(job));
}

function describeJob(job: Job): string {
  const { id, kind, subjectId, createdAt, finishedAt, error, failures = [] } = job;
  return [
    `${kind}  (${id})  of ${subjectId ?? 'nothing'}, begun ${createdAt}${finishedAt === undefined ? '' : `, ended ${finishedAt}`}`,
    formatJob(job),
    ...(error === undefined ? [] : [`${error.detail} (${error.code})`]),
    ...failures.map(({ subject, code, detail }) => `  ${subject}: ${detail} (${code})`),
  ].join('\n');
}

async function wait(id: string, options: ConnectionOptions): Promise<void> {
  const job = await waitForJob(await connect(options), id);
  print(options, job, formatJob(job));
}

async function cancel(id: string, options: ConnectionOptions): Promise<void> {
  const job = await (await connect(options)).jobs.cancel(id);
  print(options, job, formatJob(job));
}
