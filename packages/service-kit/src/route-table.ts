/** Which methods an address offers, for 405 and its header Allow; asked only when no route has matched. */
import type { FastifyInstance } from 'fastify';

export interface RouteTable {
  /** Methods for a concrete address (its query is ignored), sorted; empty when nothing lives there. */
  methodsFor(url: string): string[];
}

export function collectRoutes(app: FastifyInstance): RouteTable {
  const routes: { method: string; segments: string[] }[] = [];
  app.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) routes.push({ method: one, segments: url.split('/') });
  });
  return {
    methodsFor(url) {
      const asked = (url.split('?')[0] ?? '').split('/');
      const fitting = routes.filter(({ segments }) => fits(segments, asked));
      // What is named in full is not what the same place stands for elsewhere: `batch` is no id.
      const exact = fitting.filter(({ segments }) => segments.every((segment, index) => segment === asked[index]));
      return [...new Set((exact.length > 0 ? exact : fitting).map(({ method }) => method))].sort();
    },
  };
}

function fits(pattern: string[], asked: string[]): boolean {
  const open = pattern.at(-1) === '*';
  if (open ? asked.length < pattern.length : asked.length !== pattern.length) return false;
  return pattern.every((segment, index) => segment === '*' || segment === asked[index] || (segment.startsWith(':') && asked[index] !== ''));
}
