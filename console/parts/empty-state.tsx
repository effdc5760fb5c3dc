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
      <h3>{title}</h3>
      <p>{children}</p>
      {action}
    </div>
  );
}
