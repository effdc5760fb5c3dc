// Where the API key is kept: in memory, and in the tab's session storage where the user wants that. Never longer.

const storageName = 'clip-icm-key';

/**
 * The key to start with. A link such as `/console/#key=icm_…` (printed by `npm start`) hands one over; fragments are not
 * sent to servers, and it is taken out of the address at once.
 */
export function initialKey(): string | undefined {
  const handedOver = /^#key=([\w-]+)$/.exec(location.hash)?.[1];
  if (handedOver !== undefined) {
    history.replaceState(undefined, '', location.pathname);
    keepKey(handedOver);
    return handedOver;
  }
  return sessionStorage.getItem(storageName) ?? undefined;
}

export function keepKey(key: string): void {
  sessionStorage.setItem(storageName, key);
}

export function forgetKey(): void {
  sessionStorage.removeItem(storageName);
}
