// Messages inside a page: errors with a way on, and plain notes. An error is read out when it comes; a note that comes while somebody
// looks is told besides (told.tsx).

import type { ComponentChildren } from 'preact';
import { strings } from '../strings.ts';
import { explainError } from './explain-error.ts';

type Tone = 'error' | 'note' | 'good';

export function Notice({
  tone,
  title,
  children,
}: {
  tone: Tone;
  title?: string;
  children?: ComponentChildren;
}) {
  return (
    <div class={`notice notice-${tone}`} role={tone === 'error' ? 'alert' : undefined}>
      {title !== undefined && <strong>{title}</strong>}
      {children}
    </div>
  );
}

/** Nothing where there is no error. */
export function ErrorNotice({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  if (error === undefined) return null;
  const { title, detail, requestId, isFinal } = explainError(error);
  const retry = isFinal ? undefined : onRetry;
  return (
    <Notice tone="error" title={title}>
      <p>{detail}</p>
      {(retry !== undefined || requestId !== undefined) && (
        <p class="notice-foot">
          {retry !== undefined && (
            <button type="button" class="button small" onClick={retry}>
              {strings.common.retry}
            </button>
          )}
          {requestId !== undefined && <small>{strings.errors.requestId(requestId)}</small>}
        </p>
      )}
    </Notice>
  );
}
