// How far something is, for eyes and for screen readers. Without a total it shows only that something moves.

import { useTellSteps } from './told.tsx';

type ProgressBarProps = { label: string; done: number; total: number | undefined; isMoving?: boolean };

export function ProgressBar({ label, done, total, isMoving = true }: ProgressBarProps) {
  const share = total === undefined || total === 0 ? undefined : Math.min(1, done / total);
  const value = share === undefined ? {} : { 'aria-valuenow': Math.round(100 * share) };
  return (
    <div
      class={`progress${isMoving ? ' is-moving' : ''}${share === undefined ? ' is-unknown' : ''}`}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      {...value}
    >
      <div class="progress-fill" style={share === undefined ? {} : { transform: `scaleX(${share})` }} />
    </div>
  );
}

type ProgressProps = {
  label: string;
  /** Which of several, one after another. */
  part?: string;
  done: number;
  total: number;
  isMoving?: boolean;
  /** How far it is. */
  children: string;
};

/** Of work that somebody has set off: with words, which are told by steps. */
export function Progress({ label, part = label, done, total, isMoving = true, children }: ProgressProps) {
  useTellSteps(part, done, total, children);
  return (
    <div class="stack-tight">
      <ProgressBar label={label} done={done} total={total} isMoving={isMoving} />
      <p class="progress-line">{children}</p>
    </div>
  );
}
