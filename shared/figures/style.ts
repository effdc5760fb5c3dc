// The looks of the figures and of the reports, light and dark, as two style sheets. No other file names a colour.

/**
 * Colours and everything a figure needs; the console uses this one alone. Classes only: it works under a strict CSP.
 * Light or dark follows `color-scheme`, which a page may set. Where figures lie on something else than `--icm-paper`, set `--icm-ground` there.
 */
export const figureStyle = `
:root {
  color-scheme: light dark;
  --icm-paper: light-dark(#fcfbf8, #161615);
  --icm-card: light-dark(#ffffff, #1e1e1c);
  --icm-ink: light-dark(#1d1c1a, #ebe8e1);
  --icm-muted: light-dark(#66625b, #a39e94);
  --icm-rule: light-dark(#e4e0d8, #383632);
  --icm-accent: light-dark(#1f57b8, #8ab4ff);
  --icm-clip: light-dark(#8a857c, #8d887e);
  --icm-gain: light-dark(#1f7a45, #6fcf97);
  --icm-loss: light-dark(#b3361f, #ff9480);
  --icm-wash: light-dark(#f1eee7, #272623);
  --icm-0: light-dark(#2f62c4, #7fabff);
  --icm-1: light-dark(#c4541a, #f2935c);
  --icm-2: light-dark(#23804c, #66c98f);
  --icm-3: light-dark(#8a46b0, #c99be6);
  --icm-4: light-dark(#a07407, #d9b048);
  --icm-5: light-dark(#0a7f8c, #58c4d0);
  --icm-6: light-dark(#bd3768, #f088ae);
  --icm-7: light-dark(#6b6862, #a8a49b);
  --icm-heat: light-dark(#123f94, #b4d2ff);
}
.icm-figure { margin: 0; min-width: 0; color: var(--icm-ink); }
.icm-figure > figcaption { font-size: .875rem; line-height: 1.45; color: var(--icm-muted); margin-bottom: .75rem; text-wrap: pretty; }
.icm-figure > figcaption strong { color: var(--icm-ink); font-weight: 650; }
.icm-figure > svg { display: block; width: 100%; height: auto; overflow: visible; font: 12px/1 var(--icm-sans, system-ui, sans-serif); }
.icm-figure text { fill: var(--icm-muted); }
.icm-tick { font-variant-numeric: tabular-nums; }
.icm-figure .icm-note { fill: var(--icm-ink); font-weight: 600; }
.icm-grid { stroke: var(--icm-rule); stroke-width: 1; }
.icm-axis, .icm-notch { stroke: var(--icm-muted); stroke-width: 1; fill: none; }
.icm-gap, .icm-line circle { fill: var(--icm-ground, var(--icm-paper)); }
.icm-baseline, .icm-baseline path { stroke: var(--icm-clip); stroke-width: 1.5; stroke-dasharray: 2 3; }
.icm-marker { stroke: var(--icm-ink); stroke-width: 1; stroke-dasharray: 1 3; }
.icm-line { color: var(--icm-clip); }
.icm-line path { fill: none; stroke: currentColor; stroke-width: 1.75; stroke-linejoin: round; stroke-linecap: round; }
.icm-line circle { stroke: currentColor; stroke-width: 1.75; }
.icm-line.icm-dashed path { stroke-dasharray: 5 4; stroke-width: 1.4; }
.icm-line.icm-dashed circle { fill: currentColor; stroke: none; r: 1.8px; }
.icm-strong { color: var(--icm-ink); }
.icm-strong path { stroke-width: 2.75; }
${[0, 1, 2, 3, 4, 5, 6, 7].map((index) => `.icm-series-${index} { color: var(--icm-${index}); }`).join('\n')}
.icm-legend { list-style: none; display: flex; flex-wrap: wrap; align-content: start; gap: .2rem 1rem; margin: .5rem 0 0; padding: 0; font-size: .8125rem; color: var(--icm-muted); }
.icm-legend li { display: flex; align-items: center; gap: .4rem; }
.icm-legend svg { width: 22px; height: 8px; }
.icm-figure details, .icm-details { margin-top: .6rem; font-size: .8125rem; }
.icm-figure summary, .icm-details summary { cursor: pointer; color: var(--icm-muted); width: fit-content; }
.icm-scroll { overflow-x: auto; max-width: 100%; }
.icm-table, .icm-heat { border-collapse: collapse; font-size: .875rem; line-height: 1.35; font-variant-numeric: tabular-nums; }
.icm-table { width: 100%; }
.icm-table th, .icm-table td { padding: .42rem .8rem .42rem 0; text-align: right; white-space: nowrap; vertical-align: baseline; }
.icm-table th:first-child { text-align: left; padding-left: 0; }
.icm-table th:last-child, .icm-table td:last-child { padding-right: .25rem; }
.icm-table th:first-child, .icm-heat th:first-child, .icm-heat td:first-child { position: sticky; left: 0; background: var(--icm-ground, var(--icm-paper)); }
.icm-table.icm-text th, .icm-table.icm-text td { text-align: left; }
.icm-table.icm-text td:last-child { white-space: normal; min-width: 14rem; }
.icm-table thead th { font-weight: 500; font-size: .8125rem; color: var(--icm-muted); border-bottom: 1px solid var(--icm-ink); white-space: normal; vertical-align: bottom; }
.icm-table tbody th { font-weight: 500; }
.icm-table tbody tr + tr > * { border-top: 1px solid var(--icm-rule); }
.icm-table tbody tr.icm-separated > * { border-top-color: var(--icm-muted); }
.icm-table .icm-strong-row > * { font-weight: 700; }
.icm-table small { color: var(--icm-muted); font-weight: 400; font-size: .75rem; }
.icm-table .icm-best { font-weight: 700; box-shadow: inset 0 -2px var(--icm-accent); }
.icm-table caption { text-align: left; padding-bottom: .4rem; color: var(--icm-muted); }
.icm-hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.icm-gain { color: var(--icm-gain); }
.icm-loss { color: var(--icm-loss); }
.icm-even { color: var(--icm-muted); }
.icm-heat { border-collapse: separate; border-spacing: 2px; font-size: .75rem; }
.icm-heat td { min-width: 2.4rem; height: 2.1rem; text-align: center; border-radius: 3px; }
.icm-heat th { font-weight: 500; color: var(--icm-muted); text-align: right; padding-right: .4rem; white-space: nowrap; }
.icm-heat thead th { vertical-align: bottom; padding: 0 0 .3rem; text-align: left; }
.icm-heat thead th span { writing-mode: vertical-rl; transform: rotate(180deg); max-height: 11rem; overflow: hidden; text-overflow: ellipsis; }
.icm-heat .icm-empty { color: var(--icm-muted); background: var(--icm-wash); }
${heatShades()}
.icm-bars { list-style: none; margin: 0; padding: 0; display: grid; gap: .35rem; font-size: .8125rem; }
.icm-bars li { display: grid; grid-template-columns: 1fr auto; gap: .1rem .5rem; color: var(--icm-muted); }
.icm-bar-label { min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.icm-bars .icm-true { color: var(--icm-ink); font-weight: 600; }
.icm-tick-mark { color: var(--icm-gain); margin-left: .3em; }
.icm-bar-value { font-variant-numeric: tabular-nums; }
.icm-bars svg { grid-column: 1 / -1; width: 100%; height: 4px; border-radius: 2px; }
.icm-bar-track { fill: var(--icm-wash); }
.icm-bar { fill: var(--icm-clip); }
.icm-true .icm-bar { fill: var(--icm-gain); }
.icm-pictures { list-style: none; margin: 0; padding: 0; display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 17.5rem), 1fr)); gap: 1rem; }
.icm-pictures > li { display: grid; grid-template-columns: 1fr 1fr; gap: .9rem 1.1rem; padding: 1rem; background: var(--icm-card); border: 1px solid var(--icm-rule); border-radius: 10px; min-width: 0; }
.icm-case-head { grid-column: 1 / -1; display: flex; gap: .9rem; align-items: center; min-width: 0; }
.icm-case-head img { flex: none; width: 72px; height: 72px; object-fit: contain; background: #fff; border-radius: 6px; border: 1px solid var(--icm-rule); }
.icm-case-head p { margin: 0; display: grid; min-width: 0; overflow-wrap: anywhere; line-height: 1.35; }
.icm-case-head span { color: var(--icm-muted); font-size: .8125rem; }
.icm-case-side { min-width: 0; }
.icm-case-side h4 { margin: 0 0 .4rem; font-size: .75rem; font-weight: 500; color: var(--icm-muted); }
@media (max-width: 34rem) {
  .icm-figure > svg { font-size: 15px; }
  .icm-table.icm-text td:last-child { white-space: nowrap; }
}
`;

/**
 * Eleven shades. The step in the middle, where the text turns, skips the greys on which neither colour of text has a
 * contrast of 4.5.
 */
function heatShades(): string {
  const strengths = [0, 8, 16, 24, 32, 40, 72, 79, 86, 93, 100];
  return strengths
    .map((strength, shade) => {
      const text = strength > 50 ? 'var(--icm-card)' : 'var(--icm-ink)';
      const ground = `color-mix(in oklab, var(--icm-heat) ${strength}%, var(--icm-wash))`;
      return `.icm-heat-${shade} { background: ${ground}; color: ${text}; }`;
    })
    .join('\n');
}

/** The page of a report around its figures. */
export const reportStyle = `
:root { --icm-sans: "Inter", "Helvetica Neue", "Segoe UI", Roboto, "Liberation Sans", system-ui, sans-serif; --icm-serif: "Iowan Old Style", "Charter", "Palatino Linotype", "Source Serif 4", Georgia, "Liberation Serif", serif; }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--icm-paper); color: var(--icm-ink); font: 1rem/1.55 var(--icm-sans); }
main, header, footer { max-width: 68rem; margin: 0 auto; padding: 0 clamp(1rem, 4vw, 2.5rem); }
header { padding-top: clamp(2rem, 6vw, 4.5rem); }
h1, h2 { font-family: var(--icm-serif); font-weight: 500; text-wrap: balance; letter-spacing: -.01em; }
h1 { font-size: clamp(1.9rem, 5vw, 3rem); line-height: 1.1; margin: 0 0 .8rem; }
h2 { font-size: 1.55rem; line-height: 1.2; margin: 0 0 .5rem; }
h3 { font-size: 1rem; font-weight: 650; margin: 2rem 0 .8rem; }
.lead { font-size: 1.125rem; color: var(--icm-muted); max-width: 46rem; margin: 0; text-wrap: pretty; }
section { padding-top: 1.6rem; margin-top: 3rem; border-top: 1px solid var(--icm-rule); }
section > p { color: var(--icm-muted); max-width: 46rem; margin: 0 0 1.4rem; text-wrap: pretty; }
section > p.after { margin: 1rem 0 0; font-size: .875rem; }
.headline { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 13rem), 1fr)); gap: 1.6rem 2.5rem; margin: 2.4rem 0 0; padding: 0; }
.headline > div { border-top: 2px solid var(--icm-ink); padding-top: .7rem; }
.headline dt { font-size: .875rem; color: var(--icm-muted); }
.headline dd { margin: 0; }
.headline .value { font-family: var(--icm-serif); font-size: 2.4rem; line-height: 1.15; font-variant-numeric: lining-nums tabular-nums; }
.headline .value small { font-size: 1.1rem; color: var(--icm-muted); margin-left: .15em; }
.headline .note { font-size: .875rem; color: var(--icm-muted); }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 0 3rem; }
.charts > .icm-figure { grid-row: span 4; display: grid; grid-template-rows: subgrid; align-items: start; margin-bottom: 2.2rem; }
@media (min-width: 60rem) {
  .charts > .icm-figure:last-child:nth-child(odd):not(:only-child) { grid-column: 1 / -1; grid-row: auto; grid-template-columns: 1fr 1fr; grid-template-rows: auto auto 1fr; column-gap: 3rem; }
  .charts > .icm-figure:last-child:nth-child(odd):not(:only-child) > svg { grid-column: 1; grid-row: 1 / span 3; }
  .charts > .icm-figure:last-child:nth-child(odd):not(:only-child) > :not(svg) { grid-column: 2; }
}
.facts { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1.4rem; margin: 0; font-size: .9375rem; }
.facts dt { color: var(--icm-muted); }
.facts dd { margin: 0; overflow-wrap: anywhere; }
code { font: .875em/1.5 ui-monospace, "SF Mono", "Cascadia Mono", "Liberation Mono", monospace; overflow-wrap: anywhere; }
footer { margin-top: 4rem; padding-bottom: 3rem; font-size: .8125rem; color: var(--icm-muted); }
:focus-visible { outline: 2px solid var(--icm-accent); outline-offset: 2px; }
@media (max-width: 34rem) { .facts { grid-template-columns: 1fr; gap: 0; } .facts dd { margin-bottom: .7rem; } }
@media print { section { break-inside: avoid; } }
`;
