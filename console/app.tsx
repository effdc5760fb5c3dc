// The console: signed in or not, and which screen.

import { useCallback, useEffect, useState } from 'preact/hooks';
import { AccountScreen } from './account/account-screen.tsx';
import { BatchScreen } from './batches/batch-screen.tsx';
import { BatchesScreen } from './batches/batches-screen.tsx';
import { EnvironmentsScreen } from './environments/environments-screen.tsx';
import { FitScreen } from './fit/fit-screen.tsx';
import { CompareScreen } from './projections/compare-screen.tsx';
import { ProjectionScreen } from './projections/projection-screen.tsx';
import { ProjectionsScreen } from './projections/projections-screen.tsx';
import { type Route, useRoute } from './router.ts';
import { forgetKey, handedOverKey, initialKey, keepKey } from './session/key-store.ts';
import { openSession, type Session } from './session/session.ts';
import { SessionContext } from './session/session-context.ts';
import { SignIn } from './session/sign-in.tsx';
import { Shell } from './shell.tsx';
import { TryScreen } from './try/try-screen.tsx';
import { type TryState, useTry } from './try/use-try.ts';

type SignedOut = { readonly reason: 'refused' | undefined };

export function App() {
  const leave = useCallback((reason: SignedOut['reason']) => {
    forgetKey();
    setState({ reason });
  }, []);
  const open = useCallback((key: string) => openSession(key, () => leave('refused')), [leave]);
  const [state, setState] = useState<Session | SignedOut>(() => {
    const key = initialKey();
    return key === undefined ? { reason: undefined } : open(key);
  });
  // A link with a key, opened in a tab that shows the console already, only changes the fragment.
  useEffect(() => {
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
  return (
    <Shell screen={route.screen} onSignOut={onSignOut}>
      <CurrentScreen key={`${route.screen}/${route.rest.join('/')}`} route={route} tryState={tryState} />
    </Shell>
  );
}

function CurrentScreen({ route: { screen, rest }, tryState }: { route: Route; tryState: TryState }) {
  const [first, second, third] = rest;
  switch (screen) {
    case 'try':
      return <TryScreen state={tryState} />;
    case 'fit':
      return <FitScreen jobId={first} />;
    case 'projections':
      if (first === undefined) return <ProjectionsScreen />;
      if (first === 'compare' && second !== undefined && third !== undefined) {
        return <CompareScreen ids={[second, third]} />;
      }
      return <ProjectionScreen id={first} />;
    case 'environments':
      return <EnvironmentsScreen />;
    case 'batches':
      if (first === undefined || first === 'new') return <BatchesScreen datasetId={second} />;
      return <BatchScreen id={first} />;
    case 'account':
      return <AccountScreen />;
  }
}
