// Which of its three phases the worker is in. Live is another question: the process answers, or it does not.

export type Phase = 'starting' | 'ready' | 'draining';

export type Lifecycle = {
  readonly phase: () => Phase;
  readonly becomeReady: () => void;
  readonly drain: () => void;
};

export function createLifecycle(): Lifecycle {
  let phase: Phase = 'starting';
  return {
    phase: () => phase,
    becomeReady() {
      if (phase === 'starting') phase = 'ready';
    },
    drain() {
      phase = 'draining';
    },
  };
}
