// The frame of a screen: its heading, one sentence of what it is for, and what can be done to all of it.

import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { Words } from '../glossary/explained.tsx';
import type { Term } from '../glossary/terms.ts';
import { strings } from '../strings.ts';

type PageProps = {
  title: string;
  lead?: ComponentChildren;
  /** Words of it that the glossary explains. */
  terms?: readonly Term[];
  actions?: ComponentChildren;
  children?: ComponentChildren;
};

export function Page({ title, lead, terms, actions, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  // Before the frame is drawn: later it would take the focus from whoever has acted on what they see.
  useLayoutEffect(() => {
    document.title = strings.pageTitle(title);
    // A screen reader hears where it has come to, and the next Tab starts from here.
    heading.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [title]);
  return (
    <div class="page">
      <header class="page-head">
        <div>
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {lead !== undefined && <p class="lead">{lead}</p>}
          {terms !== undefined && <Words terms={terms} />}
        </div>
        {actions !== undefined && <div class="actions">{actions}</div>}
      </header>
      {children}
    </div>
  );
}

type SectionProps = {
  title: string;
  lead?: ComponentChildren;
  /** Words of it that the glossary explains. */
  terms?: readonly Term[];
  number?: number;
  actions?: ComponentChildren;
  children: ComponentChildren;
};

export function Section({ title, lead, terms, number, actions, children }: SectionProps) {
  return (
    <section class="section">
      <header class="section-head">
        <div>
          <h2>
            {number !== undefined && <span class="step">{number}</span>}
            {title}
          </h2>
          {lead !== undefined && <p>{lead}</p>}
          {terms !== undefined && <Words terms={terms} />}
        </div>
        {actions !== undefined && <div class="actions">{actions}</div>}
      </header>
      {children}
    </section>
  );
}
