/**
 * `/docs`: the API description as a page to read, drawn by Swagger UI from `/openapi.json`.
 * Promise: everything comes from this service, under a policy that lets nothing else in; the page reads and sends nothing to the
 * API. Files are read and packed once, when somebody asks, and kept by browsers for good: their address changes with their content.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { FastifyInstance } from 'fastify';
import { PUBLIC } from './guard.ts';
import { KEEP_FOR_GOOD, packed, sendFile } from './page-files.ts';
import type { PageFile } from './page-files.ts';
import { Problem, baseProblems } from './problems.ts';

const require = createRequire(import.meta.url);

/** Name below `/docs` → its type and where its content is. */
const FILES = {
  'swagger-ui.css': { type: 'text/css; charset=utf-8', read: () => readFile(require.resolve('swagger-ui-dist/swagger-ui.css')) },
  'swagger-ui.js': { type: 'text/javascript; charset=utf-8', read: () => readFile(require.resolve('swagger-ui-dist/swagger-ui-bundle.js')) },
  'page.css': { type: 'text/css; charset=utf-8', read: async () => Buffer.from(CSS) },
  'page.js': { type: 'text/javascript; charset=utf-8', read: async () => Buffer.from(SCRIPT) },
} as const;

type FileName = keyof typeof FILES;

const KEEP_PAGE = 'public, max-age=300';

export function addReferencePage(app: FastifyInstance, title: string): void {
  const route = { config: { scope: PUBLIC }, schema: { hide: true } };
  const file = once((name: FileName) => packed(FILES[name].type, FILES[name].read()));
  const page = once(() => packed('text/html; charset=utf-8', pageOf(title, file)));

  app.get('/docs', route, async (request, reply) => sendFile(request, reply, await page('page'), KEEP_PAGE));
  app.get<{ Params: { name: string } }>('/docs/:name', route, async (request, reply) => {
    const { name } = request.params;
    if (!isFileName(name)) throw new Problem(baseProblems.not_found);
    return sendFile(request, reply, await file(name), KEEP_FOR_GOOD);
  });
}

function isFileName(name: string): name is FileName {
  return Object.hasOwn(FILES, name);
}

/** Made at the first call for a name; what failed is tried again. */
function once<Name extends string, Made>(make: (name: Name) => Promise<Made>): (name: Name) => Promise<Made> {
  const made = new Map<Name, Promise<Made>>();
  return (name) => {
    const known = made.get(name) ?? make(name);
    made.set(name, known);
    known.catch(() => made.delete(name));
    return known;
  };
}

/** Addresses are relative, so that the page works behind a path of a proxy, too. */
async function pageOf(title: string, file: (name: FileName) => Promise<PageFile>): Promise<Buffer> {
  const at = async (name: FileName): Promise<string> => `docs/${name}?${(await file(name)).tag.slice(1, -1)}`;
  return Buffer.from(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}: API reference</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${await at('swagger-ui.css')}">
<link rel="stylesheet" href="${await at('page.css')}">
<script src="${await at('swagger-ui.js')}" defer></script>
<script src="${await at('page.js')}" defer></script>
</head>
<body>
<a class="skip" href="#reference">Skip to the reference</a>
<nav aria-label="Other forms of this reference"><a href="openapi.json">OpenAPI document</a> <a href="problems">All problems</a></nav>
<div id="reference" tabindex="-1"><noscript><p>This page is drawn by a script. The <a href="openapi.json">OpenAPI document</a> says the same.</p></noscript></div>
</body>
</html>
`);
}

/**
 * Who reads needs no way in, so there is none: the ways are told in words. What Swagger UI lacks for readers with a keyboard or a
 * screen reader is mended here: a heading between title and tags, no link within a button, no list without a name.
 */
const SCRIPT = `const nothing = () => () => null;
const mended = ({ React }) => ({
  wrapComponents: {
    authorizeBtn: nothing, authorizeOperationBtn: nothing, CopyToClipboardBtn: nothing, ServersContainer: nothing,
    DeepLink: () => ({ text }) => React.createElement('span', null, text),
    operations: (Operations) => (props) => React.createElement(React.Fragment, null, React.createElement('h2', null, 'Operations'), React.createElement(Operations, props)),
    InfoContainer: (Info) => (props) => React.createElement('section', { 'aria-label': 'About this API' }, React.createElement(Info, props)),
  },
});
fetch('openapi.json').then((answer) => answer.json()).then((spec) => {
  delete spec.components.securitySchemes;
  for (const path of Object.values(spec.paths)) for (const operation of Object.values(path)) delete operation.security;
  SwaggerUIBundle({
    spec, dom_id: '#reference', presets: [SwaggerUIBundle.presets.apis], plugins: [mended], validatorUrl: null,
    supportedSubmitMethods: [], deepLinking: true, docExpansion: 'list', defaultModelsExpandDepth: 0,
  });
}).catch((error) => {
  document.getElementById('reference').textContent = 'The reference cannot be shown: ' + error.message;
});
`;

const CSS = `body { margin: 0; background: #fff; }
.skip { position: absolute; left: -999rem; }
.skip:focus { left: 1rem; top: 1rem; padding: .5rem 1rem; background: #fff; color: #0b3d91; z-index: 1; }
nav { max-width: 1460px; margin: 0 auto; padding: 1rem 20px 0; font-family: sans-serif; }
nav a { color: #0b3d91; margin-right: 1rem; }
:focus-visible { outline: 3px solid #0b3d91 !important; outline-offset: 2px; }
.swagger-ui .info .renderedMarkdown { max-width: 60rem; }
.swagger-ui .info .link, .swagger-ui a { color: #0b3d91; }
.swagger-ui .info .title small { background: #4a5160; }
.swagger-ui .info .title small.version-stamp { background: #3f5f00; }
.swagger-ui .opblock .opblock-summary-method { background: #44505f; }
.swagger-ui .opblock.opblock-get .opblock-summary-method { background: #1a5fb4; }
.swagger-ui .opblock.opblock-post .opblock-summary-method { background: #1b6e3f; }
.swagger-ui .opblock.opblock-patch .opblock-summary-method, .swagger-ui .opblock.opblock-put .opblock-summary-method { background: #7a4f00; }
.swagger-ui .opblock.opblock-delete .opblock-summary-method { background: #a4262c; }
.swagger-ui .parameter__in, .swagger-ui .parameter__name.required::after, .swagger-ui .response-control-media-type__accept-message { color: #4a5160; }
.swagger-ui .microlight { max-height: none !important; overflow: visible !important; white-space: pre-wrap; }
`;
