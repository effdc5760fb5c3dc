// A job while it runs: its stages, how far it is, how long it will take, and a way to stop it.

import { useEffect, useState } from 'preact/hooks';
import type { Job } from '#shared/contracts/job.ts';
import { formatCount } from '#shared/figures/format.ts';
import { ActionButton } from '../parts/action-button.tsx';
import { formatSeconds } from '../parts/format.ts';
import { ErrorNotice, Notice } from '../parts/notice.tsx';
import { plainWords } from '../parts/plain-words.ts';
import { ProgressBar } from '../parts/progress-bar.tsx';
import { quarterOf, useTellNews } from '../parts/told.tsx';
import { useAction } from '../parts/use-action.ts';
import { useSession } from '../session/session-context.ts';
import { strings } from '../strings.ts';

type Stage = Job['stage'];

const stagesOf: Readonly<Record<Job['kind'], readonly Stage[]>> = {
  fit: ['plan', 'encode', 'merge', 'solve', 'publish'],
  refit: ['plan', 'solve', 'publish'],
  extend: ['plan', 'encode', 'merge', 'solve', 'publish'],
  evaluation: ['plan', 'evaluate', 'publish'],
  import: ['plan', 'fetch'],
  profile: ['plan', 'encode', 'publish'],
  batch: ['plan', 'classify', 'publish'],
};

type JobProgressProps = {
  id: string;
  onSucceeded?: ((job: Job) => void) | undefined;
  /** Called at the end, however it ends. */
  onEnded?: (() => void) | undefined;
};

export function JobProgress({ id, onSucceeded, onEnded }: JobProgressProps) {
  const { client } = useSession();
  const { job, error, follow } = useJob(id, { onSucceeded, onEnded });
  const cancel = useAction(async () => {
    await client.jobs.cancel(id);
  });
  useTellNews(job && milestoneOf(job), job === undefined ? '' : toldOf(job));
  if (job === undefined) {
    return error === undefined ? (
      <ProgressBar label={strings.job.waiting} done={0} total={undefined} />
    ) : (
      <ErrorNotice error={error} onRetry={follow} />
    );
  }
  const isOpen = job.status === 'queued' || job.status === 'running';
  return (
    <div class="card job">
      <Stages job={job} />
      <ProgressBar
        label={strings.job.kinds[job.kind]}
        done={job.status === 'succeeded' ? 1 : job.progress.done}
        total={job.status === 'succeeded' ? 1 : job.progress.total}
        isMoving={isOpen}
      />
      <p class="progress-line">{describe(job)}</p>
      {job.status === 'failed' && (
        <Notice tone="error" title={job.kind === 'batch' ? strings.job.otherFailed : strings.job.failed}>
          <p>{plainWords(job.error?.detail ?? '')}</p>
        </Notice>
      )}
      {job.status === 'cancelled' && (
        <Notice
          tone="note"
          title={job.kind === 'batch' ? strings.job.batchCancelled : strings.job.cancelled}
        />
      )}
      <ErrorNotice error={error ?? cancel.error} />
      {isOpen && (
        <div class="actions">
          <ActionButton action={cancel}>{strings.job.cancel}</ActionButton>
        </div>
      )}
    </div>
  );
}

function Stages({ job }: { job: Job }) {
  const stages = stagesOf[job.kind];
  const at = job.status === 'succeeded' ? stages.length : stages.indexOf(job.stage);
  return (
    <ol class="stages">
      {stages.map((stage, index) => (
        <li
          key={stage}
          class={index < at ? 'is-done' : index === at ? 'is-now' : ''}
          aria-current={index === at ? 'step' : undefined}
        >
          {strings.job.stages[stage]}
        </li>
      ))}
    </ol>
  );
}

const countsPictures: readonly Stage[] = ['encode', 'classify', 'evaluate'];

function describe({ status, stage, progress }: Job): string {
  if (status === 'succeeded') return strings.job.done;
  if (status === 'queued') return strings.job.waiting;
  if (status !== 'running') return '';
  const { done, total, failed, ratePerSecond, secondsLeft } = progress;
  return [
    total > 0 && countsPictures.includes(stage)
      ? strings.job.pictures(formatCount(done), formatCount(total))
      : strings.job.stages[stage],
    failed > 0 ? strings.job.unreadable(failed) : '',
    ratePerSecond === undefined ? '' : strings.job.rate(Math.round(ratePerSecond)),
    secondsLeft === undefined ? '' : strings.job.left(formatSeconds(secondsLeft)),
  ]
    .filter(Boolean)
    .join(' · ');
}

/** What is told of a job at work: each stage and each quarter of it, not every picture. How it ends is told by what comes then. */
function milestoneOf({ kind, status, stage, progress: { done, total } }: Job): string | undefined {
  // A batch's own screen tells it of the batch.
  if (status === 'cancelled' && kind !== 'batch') return status;
  if (status !== 'running' && status !== 'queued') return undefined;
  return `${status} ${stage} ${quarterOf(done, total)}`;
}

function toldOf(job: Job): string {
  return job.status === 'cancelled' ? strings.job.cancelled : describe(job);
}

type Ends = Pick<JobProgressProps, 'onSucceeded' | 'onEnded'>;

function useJob(id: string, { onSucceeded, onEnded }: Ends) {
  const { client } = useSession();
  const [state, setState] = useState<{ job?: Job; error?: unknown }>({});
  const [round, setRound] = useState(0);
  // Who is told of the end may change without following anew.
  useEffect(() => {
    const controller = new AbortController();
    const follow = async () => {
      for await (const job of client.jobs.events(id, { signal: controller.signal, pollIntervalMs: 500 })) {
        setState({ job });
        if (job.status === 'succeeded') onSucceeded?.(job);
      }
      onEnded?.();
    };
    follow().catch((error: unknown) => {
      if (!controller.signal.aborted) setState((last) => ({ ...last, error }));
    });
    return () => controller.abort();
  }, [client, id, round]);
  return { ...state, follow: () => setRound((last) => last + 1) };
}
