// The console: signed in or not, and which screen.

import { useCallback, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { AccountScreen } from './account/account-screen.tsx';
import { BatchScreen } from './batches/batch-screen.tsx';
import { BatchesScreen } from './batches/batches-screen.tsx';
import { EnvironmentsScreen } from './environments/environments-screen.tsx';
import { FitScreen } from './fit/fit-screen.tsx';
import { Loading } from './parts/loading.tsx';
import { Page } from './parts/page.tsx';
import { useKeptFocus } from './parts/use-kept-focus.ts';
import { CompareScreen } from './projections/compare-screen.tsx';
import { ProjectionScreen } from './projections/projection-screen.tsx';
import { ProjectionsScreen } from './projections/projections-screen.tsx';
import { hrefOf, type Route, type Screen, screens, useRoute } from './router.ts';
import { forgetKey, handedOverKey, initialKey, keepKey, wasKeyRefused } from './session/key-store.ts';
import { maySee, RightsContext, rightsOf } from './session/rights.ts';
import { openSession, type Session } from './session/session.ts';
import { SessionContext } from './session/session-context.ts';
import { SignIn } from './session/sign-in.tsx';
import { Shell } from './shell.tsx';
import { strings } from './strings.ts';
import { TryScreen } from './try/try-screen.tsx';
import { type TryState, useTry } from './try/use-try.ts';
import { useRemote } from './use-remote.ts';

type SignedOut = { readonly reason: 'refused' | undefined };

export function App() {
  useKeptFocus();
  const keyInUse = useRef<string>();
  const leave = useCallback((reason: SignedOut['reason']) => {
    keyInUse.current = undefined;
    forgetKey(reason === 'refused');
    setState({ reason });
  }, []);
  const open = useCallback(
    (key: string) => {
      keyInUse.current = key;
      // What a key was asked before is answered when another has taken its place, too: its refusal is nobody's any more.
      return openSession(key, () => keyInUse.current === key && leave('refused'));
    },
    [leave],
  );
  const [state, setState] = useState<Session | SignedOut>(() => {
    const key = initialKey();
    return key === undefined ? { reason: wasKeyRefused() ? 'refused' : undefined } : open(key);
  });
  // A link with a key, opened in a tab that shows the console already, only changes the fragment: also
  // right after it is shown.
  useLayoutEffect(() => {
    const takeKey = () => {
      const key = handedOverKey();
      if (key !== undefined) setState(open(key));
    };
    addEventListener('hashchange', takeKey);
    return () => removeEventListener('hashchange', takeKey);
  }, [open]);
  if (!('client' in state)) {
    return (
      <SignIn
        reason={state.reason}
        onSignedIn={(key, keepInTab) => {
          forgetKey();
          if (keepInTab) keepKey(key);
          setState(open(key));
        }}
      />
    );
  }
  return (
    <SessionContext.Provider value={state}>
      <SignedIn key={state.keyPrefix} session={state} onSignOut={() => leave(undefined)} />
    </SessionContext.Provider>
  );
}

function SignedIn({ session, onSignOut }: { session: Session; onSignOut: () => void }) {
  const route = useRoute();
  const tryState = useTry(session);
  const key = useRemote((signal) => session.client.keys.self({ signal }), [session]);
  const scopes = key.value?.scopes;
  const rights = useMemo(() => rightsOf(scopes), [scopes]);
  // The address without a screen leads to the first where there is something that the key may do.
  const isAtStart = location.hash.replace(/^#\/?/, '') === '';
  const start = screens.find((name) => maySee(name, rights)) ?? 'try';
  const shown = isAtStart ? { ...route, screen: start } : route;
  // Until it is known what the key may do nothing is offered; where that cannot be asked, everything.
  const isKnown = key.value !== undefined || key.error !== undefined;
  return (
    <RightsContext.Provider value={rights}>
      <Shell screen={shown.screen} onSignOut={onSignOut}>
        {!isKnown ? (
          <Loading rows={4} />
        ) : shown.screen !== undefined && !maySee(shown.screen, rights) ? (
          <NoRight screen={shown.screen} />
        ) : (
          <CurrentScreen key={`${shown.screen}/${shown.rest.join('/')}`} route={shown} tryState={tryState} />
        )}
      </Shell>
    </RightsContext.Provider>
  );
}

type CurrentScreenProps = { route: Route; tryState: TryState };

function CurrentScreen({ route: { screen, rest }, tryState }: CurrentScreenProps) {
  const [first, second, third] = rest;
  switch (screen) {
    case 'try':
      if (rest.length <= 1) return <TryScreen state={tryState} projectionId={first} />;
      break;
    case 'fit':
      if (rest.length <= 1) return <FitScreen jobId={first} />;
      break;
    case 'projections':
      if (first === undefined) return <ProjectionsScreen />;
      if (first === 'compare' && second !== undefined && third !== undefined && rest.length === 3) {
        return <CompareScreen ids={[second, third]} />;
      }
      if (rest.length === 1) return <ProjectionScreen id={first} />;
      break;
    case 'environments':
      if (rest.length === 0) return <EnvironmentsScreen />;
      break;
    case 'batches':
      if (first === undefined || (first === 'new' && rest.length <= 2))
        return <BatchesScreen datasetId={second} />;
      if (rest.length === 1) return <BatchScreen id={first} />;
      break;
    case 'account':
      if (rest.length === 0) return <AccountScreen />;
  }
  return <NothingHere />;
}

/** An address that leads where the key may do nothing: a link from somebody whose key may. */
function NoRight({ screen }: { screen: Screen }) {
  return <Page title={strings.shell.screens[screen]} lead={strings.noRight} />;
}

/** An address that leads to no screen: mistyped, or of another version of the console. */
function NothingHere() {
  return (
    <Page title={strings.nothingHere.title} lead={strings.nothingHere.lead}>
      <p>
        <code>{location.hash}</code>
      </p>
      <p>
        <a class="button primary" href={hrefOf('try')}>
          {strings.nothingHere.start}
        </a>
      </p>
    </Page>
  );
}
