/** The ways of a type over the buses: where this service puts it, and where it takes it from. Pure. */
import type { KnownType } from './registry.ts';

export interface Route {
  readonly way: 'out' | 'in';
  /** The bus on which it is published, or the queue from which it is taken. */
  readonly place: string;
  readonly source: string;
}

/** `service`: this one; what others publish is theirs to say, but for what is taken from the queue. */
export function routesOf({ visibility, producers, takenFrom }: KnownType, { service, bus, queue }: { readonly service: string; readonly bus: string; readonly queue: string }): Route[] {
  const own = visibility === 'published' ? producers.filter((producer) => producer.service === service) : [];
  return [
    ...own.map(({ source }): Route => ({ way: 'out', place: bus, source })),
    ...takenFrom.map((source): Route => ({ way: 'in', place: queue, source })),
  ];
}
