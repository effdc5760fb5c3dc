// A job's progress as one line of text, and waiting for a job with that line on the terminal.

import { type ClipIcmClient, ClipIcmConnectionError } from '#client/client.ts';
import type { Job } from '#shared/contracts/job.ts';
import type { FitAccepted } from '#shared/contracts/projection.ts';
import { doAtInterrupt, sayAtInterrupt } from './interrupt.ts';
import { createStatusLine, formatBar } from './status-line.ts';

/**
 * The job once it has succeeded; throws as `jobs.wait` does. Says at its start, at Ctrl-C and where the service goes away
 * how the job is followed and cancelled: it goes on without this program.
 */
export async function waitForJob(client: ClipIcmClient, id: string): Promise<Job> {
  const lines = jobLines(id);
  process.stderr.write(`${lines}\n`);
  const unsay = sayAtInterrupt(`The job goes on.\n${lines}`);
  const line = createStatusLine();
  try {
    return await client.jobs.wait(id, { onProgress: (job) => line.update(formatJob(job)) });
  } catch (error) {
    throw error instanceof ClipIcmConnectionError ? new JobOutOfSight(error, lines) : error;
  } finally {
    unsay();
    line.clear();
  }
}

/**
 * The same for a job that makes a version. Whoever leaves at Ctrl-C does not see what it is worth: the version then stays a
 * candidate, and that is said.
 */
export async function waitForVersion(client: ClipIcmClient, { job, projection }: FitAccepted): Promise<Job> {
  const version = `${projection.name}@${projection.version}`;
  const undo = doAtInterrupt(async () => {
    try {
      await client.jobs.setRelease(job.id, 'candidate');
      return `What it makes stays a candidate; make it current with: clip-icm projections promote ${version}`;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return `What it makes could not be kept a candidate, and may become current: ${why}`;
    }
  });
  try {
    return await waitForJob(client, job.id);
  } finally {
    undo();
  }
}

/** The service went away while a job was followed. */
export class JobOutOfSight extends Error {
  override readonly name = 'JobOutOfSight';

  constructor(cause: ClipIcmConnectionError, lines: string) {
    super(`${cause.message} The job goes on where the service left it, once that is back.\n${lines}`, {
      cause,
    });
  }
}

function jobLines(id: string): string {
  return `job ${id}\n  follow it: clip-icm jobs wait ${id}\n  cancel it: clip-icm jobs cancel ${id}`;
}

/** `encode  ██████░░░░  62 %  355 of 575  410/s  1 s left` */
export function formatJob({ stage, status, progress }: Job): string {
  const { done, total, failed, ratePerSecond, secondsLeft } = progress;
  // A refit has nothing to encode: it has no numbers, and is whole when it ends.
  const share = total > 0 ? done / total : Number(status === 'succeeded');
  return [
    (status === 'running' ? stage : status).padEnd(9),
    formatBar(share),
    `${Math.floor(share * 100)} %`.padStart(5),
    total === 0 ? '' : `${done} of ${total}`,
    failed === 0 ? '' : `${failed} failed`,
    ratePerSecond === undefined ? '' : `${Math.round(ratePerSecond)}/s`,
    secondsLeft === undefined || secondsLeft < 1 ? '' : `${Math.ceil(secondsLeft)} s left`,
  ]
    .filter((part) => part !== '')
    .join('  ');
}
