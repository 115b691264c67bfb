import { describe, expect, test } from '@jest/globals';
import { EXTENSIONS, FlourCame, MAP, oven, shop } from '../test-kit/bakery.ts';
import { checkMap } from './check.ts';
import type { ExtensionDefinition } from './extension.ts';
import { faultsOfPanels, faultsOfRoutes, RoutesRefused } from './routes.ts';

const bakery: ExtensionDefinition = { ...shop, routes: ['GET /loaves', 'GET /loaves/:loaf', 'POST /loaves'], panels: [{ id: 'loaves', title: 'Loaves', data: '/loaves' }] };
const sentences = (faults: readonly { readonly text: string }[]): string[] => faults.map(({ text }) => text);

describe('The routes of an extension', () => {
  test('are what it declares', () => {
    expect(faultsOfRoutes(bakery, ['POST /loaves', 'GET /loaves', 'GET /loaves/:loaf'])).toEqual([]);
    expect(faultsOfRoutes(oven, [])).toEqual([]);
  });

  test('are refused when one is added that is not declared, or declared and not added', () => {
    const faults = faultsOfRoutes(bakery, ['GET /loaves', 'GET /loaves/:loaf', 'POST /loafs']);
    expect(sentences(faults)).toEqual([
      'The extension shop adds the route POST /loafs, which it does not declare: name it under routes, or do not add it.',
      'The extension shop declares the route POST /loaves, which its addRoutes does not add: add it, or take it out of routes.',
    ]);
    expect(new RoutesRefused(faults).message).toMatch(/^The routes of the extensions are refused, with 2 faults:\n {2}- \/.*bakery\.ts:\d+ The extension shop adds .*\n {2}- \/.*bakery\.ts:\d+ The extension shop declares /);
  });
});

describe('The panel of an extension', () => {
  test('shows what a route of its own gives without parameters', () => {
    expect(faultsOfPanels(bakery)).toEqual([]);
    const panel = (data: string): string[] => sentences(faultsOfPanels({ ...bakery, panels: [{ id: 'loaves', title: 'Loaves', data }] }));
    expect(panel('/loafs')).toEqual(['The panel loaves of the extension shop takes its data from /loafs, and GET /loafs is none of its routes: name /loaves, or declare and add it.']);
    expect(panel('/loaves/:loaf')).toEqual([expect.stringContaining('takes its data from /loaves/:loaf, which is not told its parameters')]);
    expect(sentences(faultsOfPanels({ ...bakery, routes: ['POST /loaves'] }))).toEqual([expect.stringContaining('GET /loaves is none of its routes: declare and add it.')]);
  });

  test('is judged with the map, at start and in a build', () => {
    const without = { ...bakery, routes: [] };
    expect(() => checkMap({ extensions: [without, EXTENSIONS[1]], map: MAP, foreignEntries: [FlourCame], foreignSources: ['mill'], sentByOthers: [], migrations: [] })).toThrow(/The panel loaves of the extension shop/);
  });
});
