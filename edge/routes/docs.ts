// /openapi.json and /docs: the API described, for machines and for people. The page's script is a static asset of this
// deployment (infra/assets.ts puts it there); nothing is fetched from elsewhere.

import { ok } from '#shared/result.ts';
import { createOpenApiDocument } from '../http/openapi/document.ts';
import { defineRoute, type Route } from '../http/route.ts';

const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  // The reference sets styles from script; it shows no content but the document's own.
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const configuration = JSON.stringify({
  url: 'openapi.json',
  withDefaultFonts: false,
  telemetry: false,
  hideClientButton: true,
  showDeveloperTools: 'never',
  agent: { disabled: true },
  mcp: { disabled: true },
  authentication: { preferredSecurityScheme: 'apiKey' },
});

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>clip-icm API</title>
</head>
<body>
<script id="api-reference" type="application/json" data-configuration="${configuration.replaceAll('"', '&quot;')}"></script>
<script src="docs-assets/scalar.js"></script>
<noscript>The same description as JSON: <a href="openapi.json">openapi.json</a></noscript>
</body>
</html>
`;

const consoleRoute = defineRoute({
  method: 'GET',
  path: '/',
  scope: 'public',
  summary: 'The way to the console',
  tags: ['documentation'],
  responses: { 302: { description: 'To the console.' } },
  handler: async (_context) => ok({ status: 302, headers: { location: 'console/' } }),
});

const pageRoute = defineRoute({
  method: 'GET',
  path: '/docs',
  scope: 'public',
  summary: 'This API to read and try',
  tags: ['documentation'],
  responses: { 200: { description: 'A page.', contentType: 'text/html' } },
  handler: async (_context) =>
    ok({
      status: 200,
      body: page,
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': contentSecurityPolicy,
        'referrer-policy': 'no-referrer',
      },
    }),
});

/** `described` is everything the document tells of; its own two routes come to it too. */
export function createDocsRoutes(described: readonly Route[]): readonly Route[] {
  let document: string | undefined;
  const routes: Route[] = [
    defineRoute({
      method: 'GET',
      path: '/openapi.json',
      scope: 'public',
      summary: 'This API as OpenAPI 3.1',
      tags: ['documentation'],
      responses: { 200: { description: 'The document.', contentType: 'application/json' } },
      handler: async ({ services }) => {
        document ??= createOpenApiDocument([...described, ...routes], services.settings.basePath);
        const headers = { 'content-type': 'application/json', 'cache-control': 'public, max-age=300' };
        return ok({ status: 200, body: document, headers });
      },
    }),
    consoleRoute,
    pageRoute,
  ];
  return routes;
}
