/** The pages behind the `type` of every problem: what happened and what the caller can do, for people and programs. */
import type { FastifyInstance } from 'fastify';
import { PUBLIC } from './guard.ts';
import { pageHeaders } from './page-files.ts';
import { Problem, baseProblems } from './problems.ts';
import type { ProblemCatalogue, ProblemDefinition } from './problems.ts';

export function addProblemPages(app: FastifyInstance, catalogues: readonly ProblemCatalogue[]): void {
  const all = new Map<string, ProblemDefinition>();
  for (const problem of catalogues.flatMap((catalogue) => Object.values(catalogue))) {
    if (all.has(problem.code)) throw new Error(`Two problems have the code ${problem.code}.`);
    all.set(problem.code, problem);
  }
  const route = { config: { scope: PUBLIC }, schema: { hide: true } };
  app.get('/problems', route, async (request, reply) => {
    const list = [...all.values()];
    if (!wantsHtml(request.headers.accept)) return { problems: list };
    return reply.headers(pageHeaders()).type('text/html; charset=utf-8').send(page('Problems', list.map(listItem).join('\n')));
  });
  app.get<{ Params: { code: string } }>('/problems/:code', route, async (request, reply) => {
    const problem = all.get(request.params.code);
    if (problem === undefined) throw new Problem(baseProblems.not_found, { detail: 'There is no problem with this code.' });
    if (!wantsHtml(request.headers.accept)) return problem;
    return reply.headers(pageHeaders()).type('text/html; charset=utf-8').send(page(problem.code, article(problem)));
  });
}

function wantsHtml(accept: string | undefined): boolean {
  return accept?.includes('text/html') ?? false;
}

function listItem({ code, status, title }: ProblemDefinition): string {
  return `<p><a href="/problems/${code}">${code}</a> (${status}): ${escape(title)}</p>`;
}

function article({ status, title, help, retryable }: ProblemDefinition): string {
  const again = retryable ? 'The same request may succeed later.' : 'The same request will not succeed later.';
  return `<p><strong>${status} ${escape(title)}</strong></p><p>${escape(help)}</p><p>${again}</p><p><a href="/problems">All problems</a></p>`;
}

function page(title: string, content: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escape(title)}</title><body><h1>${escape(title)}</h1>${content}</body></html>`;
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
}
