// The frame around the screens: where one can go, light or dark, and the way out.

import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Notice } from './parts/notice.tsx';
import { Told, useTellNews } from './parts/told.tsx';
import { useCutOff } from './parts/use-cut-off.ts';
import { hrefOf, type Screen, screens } from './router.ts';
import { serviceRoot } from './service-root.ts';
import { maySee, useRights } from './session/rights.ts';
import { useSession } from './session/session-context.ts';
import { strings } from './strings.ts';
import { chooseTheme, storedTheme, themes } from './theme.ts';

type ShellProps = { screen: Screen | undefined; onSignOut: () => void; children: ComponentChildren };

export function Shell({ screen, onSignOut, children }: ShellProps) {
  const { keyPrefix } = useSession();
  const rights = useRights();
  const shown = screens.filter((name) => maySee(name, rights));
  return (
    <div class="shell">
      <button type="button" class="button skip" onClick={() => document.querySelector('h1')?.focus()}>
        {strings.shell.skip}
      </button>
      <aside class="side">
        <a class="brand" href={hrefOf('try')}>
          <img src={`${import.meta.env.BASE_URL}mark.svg`} alt="" width="28" height="28" />
          <span>{strings.shell.name}</span>
        </a>
        <Screens shown={shown} screen={screen} />
        <div class="side-foot">
          <a href={`${serviceRoot}/docs`}>{strings.shell.docs}</a>
          <ThemeChoice />
          <p class="signed-in">
            <code title={strings.shell.signedInWith}>{keyPrefix}</code>
            <button type="button" class="button quiet small" onClick={onSignOut}>
              {strings.shell.signOut}
            </button>
          </p>
        </div>
      </aside>
      <main>
        <Told>
          <CutOff />
          {children}
        </Told>
      </main>
    </div>
  );
}

function CutOff() {
  const isCutOff = useCutOff();
  const { offlineTitle, offline, backOnline } = strings.shell;
  useTellNews(isCutOff, isCutOff ? `${offlineTitle}. ${offline}` : backOnline);
  if (!isCutOff) return null;
  return (
    <Notice tone="note" title={offlineTitle}>
      <p>{offline}</p>
    </Notice>
  );
}

function Screens({ shown, screen }: { shown: readonly Screen[]; screen: Screen | undefined }) {
  const row = useRef<HTMLElement>(null);
  // In a narrow window they are a row that scrolls: where one is must be seen, also when a phone is turned.
  useLayoutEffect(() => {
    if (row.current === null) return;
    const { current: frame } = row;
    const show = () => {
      const here = frame.querySelector('[aria-current]')?.getBoundingClientRect();
      const { left, width } = frame.getBoundingClientRect();
      // Not by scrolling it into view: the page stays where it is.
      if (here !== undefined) frame.scrollLeft += here.left + here.width / 2 - left - width / 2;
    };
    show();
    const observer = new ResizeObserver(show);
    observer.observe(frame);
    return () => observer.disconnect();
  }, [screen]);
  return (
    <nav ref={row} aria-label={strings.shell.navigation}>
      <ul>
        {shown.map((name) => (
          <li key={name}>
            <a href={hrefOf(name)} aria-current={name === screen ? 'page' : undefined}>
              {strings.shell.screens[name]}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function ThemeChoice() {
  const [theme, setTheme] = useState(storedTheme);
  return (
    <fieldset class="segments">
      <legend class="sr-only">{strings.shell.theme}</legend>
      {themes.map((name) => (
        <button
          key={name}
          type="button"
          aria-pressed={name === theme}
          onClick={() => {
            chooseTheme(name);
            setTheme(name);
          }}
        >
          {strings.shell.themes[name]}
        </button>
      ))}
    </fieldset>
  );
}
