// What stands where there is nothing yet: what would be here, and the one thing to do about it.

import type { ComponentChildren } from 'preact';

export function EmptyState({
  title,
  children,
  action,
}: {
  title: string;
  children: ComponentChildren;
  action?: ComponentChildren;
}) {
  return (
    <div class="empty">
      {/* No heading: it stands under a screen's title here, under a section's there. */}
      <strong>{title}</strong>
      <p>{children}</p>
      {action}
    </div>
  );
}
