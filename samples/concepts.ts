// Which concepts the sample pictures show, and what each style's package calls them. A rule, no picking: every concept of
// two Unicode groups that all seven styles draw. Reads the icon packages; draws and writes nothing.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { z } from 'zod';

/** Five coloured styles, then two monochrome ones: the demo's sources and its targets. */
export const colouredStyles = ['noto', 'twemoji', 'fluent-emoji-flat', 'emojione', 'fxemoji'] as const;
export const monochromeStyles = ['fluent-emoji-high-contrast', 'emojione-monotone'] as const;
export const styles = [...colouredStyles, ...monochromeStyles] as const;
export type Style = (typeof styles)[number];

const require = createRequire(import.meta.url);

const groupNames: readonly string[] = ['Animals & Nature', 'Food & Drink'];

const UnicodeGroups = z.array(
  z.object({ name: z.string(), emojis: z.array(z.object({ name: z.string(), slug: z.string() })) }),
);

const size = z.object({ left: z.number(), top: z.number(), width: z.number(), height: z.number() }).partial();
const IconPackage = size.extend({
  icons: z.record(z.string(), size.extend({ body: z.string() })),
  /** Other names; those that also turn or mirror the icon are not the same picture and are left out of the look-up. */
  aliases: z.record(z.string(), z.looseObject({ parent: z.string() })).default({}),
});

export type Icon = { body: string; left: number; top: number; width: number; height: number };

/** A concept: `slug` is Unicode's name with underscores and the name of its folder. */
export type Concept = { slug: string; icons: ReadonlyMap<Style, Icon> };

/**
 * The concepts, in Unicode's order. A style draws a concept when one of its icons, or a plain alias of one, has the
 * concept's Unicode name once case, spaces and hyphens are dropped (fxemoji writes `monkeyface`, noto `monkey-face`).
 */
export function listConcepts(): Concept[] {
  const iconsByStyle = styles.map((style) => [style, readIcons(style)] as const);
  const groups = UnicodeGroups.parse(readJson('unicode-emoji-json/data-by-group.json'));
  const emojis = groups.filter(({ name }) => groupNames.includes(name)).flatMap((group) => group.emojis);

  return emojis.flatMap(({ name, slug }) => {
    const icons = new Map<Style, Icon>();
    for (const [style, available] of iconsByStyle) {
      const icon = available.get(squash(name));
      if (icon) icons.set(style, icon);
    }
    return icons.size === styles.length ? [{ slug, icons }] : [];
  });
}

/** Every icon of a style under its squashed name and aliases; a name of its own wins over an alias. */
function readIcons(style: Style): Map<string, Icon> {
  const data = IconPackage.parse(readJson(`@iconify-json/${style}/icons.json`));
  const named = new Map<string, Icon>();
  for (const [name, icon] of Object.entries(data.icons)) {
    const { body, left = data.left ?? 0, top = data.top ?? 0 } = icon;
    const { width = data.width ?? 16, height = data.height ?? 16 } = icon;
    named.set(squash(name), { body, left, top, width, height });
  }
  for (const [alias, { parent, ...change }] of Object.entries(data.aliases)) {
    const icon = named.get(squash(parent));
    if (icon && Object.keys(change).length === 0 && !named.has(squash(alias))) named.set(squash(alias), icon);
  }
  return named;
}

function squash(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

function readJson(specifier: string): unknown {
  return JSON.parse(readFileSync(require.resolve(specifier), 'utf8'));
}
