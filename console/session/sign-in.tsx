// Where the console begins: an API key, checked against the service before anything else is shown.

import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { ClipIcmError, createClient } from '#client/client.ts';
import { ErrorNotice, Notice } from '../parts/notice.tsx';
import { useAction } from '../parts/use-action.ts';
import { serviceRoot } from '../service-root.ts';
import { strings } from '../strings.ts';

type SignInProps = {
  /** Why the last session ended, where it did. */
  reason: 'refused' | undefined;
  onSignedIn: (key: string, keepInTab: boolean) => void;
};

export function SignIn({ reason, onSignedIn }: SignInProps) {
  const [key, setKey] = useState('');
  const [keepInTab, setKeepInTab] = useState(true);
  const field = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    document.title = strings.pageTitle(strings.signIn.title);
    field.current?.focus();
  }, []);
  const signIn = useAction(async () => {
    const trimmed = key.trim();
    await checkKey(trimmed);
    onSignedIn(trimmed, keepInTab);
  });
  return (
    <main class="sign-in">
      <form
        class="sign-in-card"
        onSubmit={(event) => {
          event.preventDefault();
          void signIn.run();
        }}
      >
        <img src={`${import.meta.env.BASE_URL}mark.svg`} alt="" width="40" height="40" />
        <h1>{strings.signIn.title}</h1>
        <p class="lead">{strings.signIn.lead}</p>
        {reason === 'refused' && signIn.error === undefined && (
          <Notice tone="error" title={strings.signIn.refusedTitle}>
            <p>{strings.signIn.refused}</p>
          </Notice>
        )}
        <label class="field">
          <span>{strings.signIn.key}</span>
          <input
            ref={field}
            type="password"
            required
            autocomplete="off"
            spellcheck={false}
            placeholder={strings.signIn.placeholder}
            value={key}
            onInput={(event) => setKey(event.currentTarget.value)}
          />
        </label>
        <label class="check">
          <input
            type="checkbox"
            checked={keepInTab}
            onChange={(event) => setKeepInTab(event.currentTarget.checked)}
          />
          {strings.signIn.keep}
        </label>
        <ErrorNotice error={signIn.error} />
        <button type="submit" class="button primary wide" disabled={signIn.isRunning}>
          {strings.signIn.submit}
        </button>
        <p class="hint">
          {strings.signIn.hint.before} <code>npm start</code> {strings.signIn.hint.after}
        </p>
      </form>
    </main>
  );
}

/** Throws where the service does not know the key. A key without the scope asked for is a key all the same. */
async function checkKey(key: string): Promise<void> {
  try {
    await createClient({ url: serviceRoot, key, maxRetries: 1 }).projections.page({ limit: 1 });
  } catch (error) {
    if (!(error instanceof ClipIcmError && error.code === 'missing-scope')) throw error;
  }
}
