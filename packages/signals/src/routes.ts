/**
 * What an extension says of its routes and panels, held against each other and against what it really adds.
 *
 * Promise: nobody is offered a route that its extension does not declare, and no declaration or panel promises one that is not
 * there.
 */
import type { ExtensionDefinition } from './extension.ts';
import type { Fault } from './faults.ts';
import { faultLine } from './faults.ts';
import { placeOfName } from './place.ts';

/** The routes of the extensions are not what they declare; the message has every fault. */
export class RoutesRefused extends Error {
  override readonly name = 'RoutesRefused';
  readonly faults: readonly Fault[];
  constructor(faults: readonly Fault[]) {
    super(`The routes of the extensions are refused, with ${faults.length === 1 ? 'one fault' : `${faults.length} faults`}:\n${faults.map(faultLine).join('\n')}`);
    this.faults = faults;
  }
}

/** A panel shows what one of its extension's own routes gives without being told more. */
export function faultsOfPanels({ name, panels = [], routes = [], definedAt }: ExtensionDefinition): Fault[] {
  const own = routes.filter((route) => route.startsWith('GET ') && !route.includes(':')).map((route) => route.slice('GET '.length));
  return panels.filter(({ data }) => !own.includes(data)).map(({ id, data }): Fault => ({
    place: definedAt && placeOfName(definedAt.file, data),
    text: data.includes(':')
      ? `The panel ${id} of the extension ${name} takes its data from ${data}, which is not told its parameters: name a route without parameters.`
      : `The panel ${id} of the extension ${name} takes its data from ${data}, and GET ${data} is none of its routes: ${own.length === 0 ? 'declare and add it' : `name ${own.join(' or ')}, or declare and add it`}.`,
  }));
}

/** `added`: `METHOD /path` of each route that `addRoutes` has added. */
export function faultsOfRoutes({ name, routes = [], definedAt }: ExtensionDefinition, added: readonly string[]): Fault[] {
  const declared: readonly string[] = routes;
  return [
    ...added.filter((route) => !declared.includes(route)).map((route): Fault => ({
      place: definedAt, text: `The extension ${name} adds the route ${route}, which it does not declare: name it under routes, or do not add it.`,
    })),
    ...declared.filter((route) => !added.includes(route)).map((route): Fault => ({
      place: definedAt && placeOfName(definedAt.file, route), text: `The extension ${name} declares the route ${route}, which its addRoutes does not add: add it, or take it out of routes.`,
    })),
  ];
}
