// Letting go of object URLs. Not at once: an image that is still being loaded from one would fail, and the page complain of it.

const graceMs = 10_000;

export function revokeLater(urls: readonly string[]): void {
  if (urls.length === 0) return;
  setTimeout(() => {
    for (const url of urls) URL.revokeObjectURL(url);
  }, graceMs);
}
