// The page every report is put in: one HTML file that stands alone, with no script and nothing fetched.

import { Markup, markup } from './markup.ts';
import { figureStyle, reportStyle } from './style.ts';

export type Headline = { label: string; value: string; unit?: string; note?: string };

export type Section = {
  title: string;
  /** What the section shows, in plain words. */
  introduction?: string;
  body: Markup;
};

export type ReportPage = {
  title: string;
  lead: string;
  headlines: readonly Headline[];
  sections: readonly Section[];
  footer: string;
};

/** Refuses to load anything: the page can be sent round and opened anywhere. */
const policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

export function renderReport({ title, lead, headlines, sections, footer }: ReportPage): string {
  const page = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${title}</title>
<style>${new Markup(figureStyle + reportStyle)}</style>
</head>
<body>
<header><h1>${title}</h1><p class="lead">${lead}</p>${renderHeadlines(headlines)}</header>
<main>
${sections.map(renderSection)}
</main>
<footer>${footer}</footer>
</body>
</html>
`;
  return page.toString();
}

function renderHeadlines(headlines: readonly Headline[]): Markup | undefined {
  if (headlines.length === 0) return undefined;
  return markup`<dl class="headline">${headlines.map(
    ({ label, value, unit, note }) =>
      markup`<div><dt>${label}</dt><dd><span class="value">${value}${unit && markup`<small>${unit}</small>`}</span>${note && markup`<div class="note">${note}</div>`}</dd></div>`,
  )}</dl>`;
}

function renderSection({ title, introduction, body }: Section): Markup {
  return markup`<section><h2>${title}</h2>${introduction && markup`<p>${introduction}</p>`}
${body}
</section>
`;
}

/** Charts side by side where there is room. */
export function renderCharts(charts: readonly Markup[]): Markup {
  return markup`<div class="charts">${charts}</div>`;
}

/** Names and values below each other. */
export function renderFacts(facts: readonly (readonly [string, string | Markup])[]): Markup {
  return markup`<dl class="facts">${facts.map(([name, value]) => markup`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
}
