// Where the API key is kept: in memory, and in the tab's session storage where the user wants that. Never longer.

const storageName = 'clip-icm-key';
const refusedName = 'clip-icm-key-refused';

export function initialKey(): string | undefined {
  return handedOverKey() ?? sessionStorage.getItem(storageName) ?? undefined;
}

/**
 * A link such as `/console/#key=icm_…` (printed by `npm start`) hands a key over; fragments are not sent to servers, and
 * it is taken out of the address and the history at once.
 */
export function handedOverKey(): string | undefined {
  const key = /^#key=([\w-]+)$/.exec(location.hash)?.[1];
  if (key === undefined) return undefined;
  history.replaceState(undefined, '', location.pathname);
  keepKey(key);
  return key;
}

export function keepKey(key: string): void {
  sessionStorage.setItem(storageName, key);
  sessionStorage.removeItem(refusedName);
}

/** `wasRefused`: by the service, which the user is told until somebody signs in, also after the page is loaded again. */
export function forgetKey(wasRefused = false): void {
  sessionStorage.removeItem(storageName);
  if (wasRefused) sessionStorage.setItem(refusedName, 'yes');
  else sessionStorage.removeItem(refusedName);
}

export function wasKeyRefused(): boolean {
  return sessionStorage.getItem(refusedName) !== null;
}
