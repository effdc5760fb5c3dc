// How far something is, for eyes and for screen readers. Without a total it shows only that something moves.

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
