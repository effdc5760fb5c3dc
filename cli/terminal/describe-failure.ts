// What a failed command says and exits with. One line for the failure, and one for each field the service named.

import { CommanderError } from 'commander';
import { ClipIcmConnectionError, ClipIcmError, ClipIcmJobError } from '#client/client.ts';
import { JobOutOfSight } from './job-progress.ts';

/** Refused or failed 1, misuse of the command line 2, no answer from the service 3, stopped by the caller 130. */
export type Failure = { readonly message: string; readonly exitCode: 0 | 1 | 2 | 3 | 130 };

export function describeFailure(error: unknown): Failure {
  if (error instanceof CommanderError) {
    // Commander has printed its own message, or the help that was asked for.
    return { message: '', exitCode: error.exitCode === 0 ? 0 : 2 };
  }
  if (error instanceof ClipIcmError) return { message: describeProblem(error), exitCode: 1 };
  if (error instanceof ClipIcmJobError) {
    const code = error.job.error === undefined ? error.job.status : error.job.error.code;
    return { message: `error: ${error.message} (${code}, job ${error.job.id})`, exitCode: 1 };
  }
  if (error instanceof JobOutOfSight) return { message: `error: ${error.message}`, exitCode: 3 };
  if (error instanceof ClipIcmConnectionError) {
    return {
      message: `error: ${error.message} Is the service running, and is its address right?`,
      exitCode: 3,
    };
  }
  if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') {
    const name = /Cannot find package '([^']+)'/.exec(error.message)?.[1] ?? 'a package';
    const advice = 'Install clip-icm again without --omit=optional.';
    return { message: `error: this needs ${name}, which is not installed. ${advice}`, exitCode: 1 };
  }
  if (error instanceof DOMException && error.name === 'AbortError')
    return { message: 'stopped', exitCode: 130 };
  const ofFile = describeFileFailure(error);
  if (ofFile !== undefined) return { message: `error: ${ofFile}`, exitCode: 1 };
  return { message: `error: ${error instanceof Error ? error.message : String(error)}`, exitCode: 1 };
}

const fileFailures: Readonly<Record<string, string>> = {
  ENOENT: 'is not there',
  EACCES: 'may not be read or written by you',
  EPERM: 'may not be read or written by you',
  EISDIR: 'is a directory; a file is wanted',
  ENOTDIR: 'is no directory',
  EEXIST: 'is there already',
  EROFS: 'is on a disk that cannot be written',
  ENOSPC: 'does not fit: the disk is full',
};

/** What the system says of a file, in words. */
function describeFileFailure(error: unknown): string | undefined {
  if (!(error instanceof Error && 'code' in error && 'path' in error)) return undefined;
  const words = fileFailures[String(error.code)];
  return words && `${String(error.path)} ${words}.`;
}

function describeProblem({ problem, retryAfterSeconds }: ClipIcmError): string {
  const retry = retryAfterSeconds === undefined ? '' : `, try again in ${Math.ceil(retryAfterSeconds)} s`;
  const request = problem.requestId === '' ? '' : `, request ${problem.requestId}`;
  const fields = (problem.errors ?? []).map(({ pointer, message }) => `  ${pointer} ${message}`);
  return [`error: ${problem.detail} (${problem.status} ${problem.code}${request}${retry})`, ...fields].join(
    '\n',
  );
}
