// Light, dark, or as the system has it. Remembered on this device; holds nothing of the tenant.

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const storageName = 'clip-icm-theme';

export function storedTheme(): Theme {
  const value = localStorage.getItem(storageName);
  return themes.find((theme) => theme === value) ?? 'system';
}

export function applyStoredTheme(): void {
  show(storedTheme());
}

export function chooseTheme(theme: Theme): void {
  localStorage.setItem(storageName, theme);
  show(theme);
}

/** The style sheets switch on `color-scheme` alone, so this is all there is to it. */
function show(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}
