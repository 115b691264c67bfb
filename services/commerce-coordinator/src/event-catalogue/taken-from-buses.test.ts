/** Events of others that come over a bus: declared in the map as foreign, for what is known outside first. */
import { expect, test } from '@jest/globals';
import { EXTENSIONS } from '../../extensions.config.ts';
import { MAP } from '../../signals.config.ts';
import { catalogueOf, checkLoaded } from '../catalogue.ts';
import { createRegistry } from './registry.ts';

const taking = (source: string, type: string) => ({ extensions: EXTENSIONS, map: { ...MAP, foreign: [...MAP.foreign, { source, type }] } });

test('an external type may come from whoever the map names, and is told so', () => {
  const loaded = taking('identity-provider', 'UserRegistered');
  checkLoaded(loaded);
  expect(catalogueOf(loaded).entry('UserRegistered').type).toBe('UserRegistered');
  expect(createRegistry(loaded, 'commerce-coordinator').find('UserRegistered')?.takenFrom).toEqual(['identity-provider']);
  // A rule must bring it, and only from there.
  expect(() => checkLoaded(loaded, MAP.foreign.map((one) => ({ ...one, rule: 'outcomes' })))).toThrow('no rule delivers it');
});

test('no other type may, and nobody speaks in the name of a part of this service', () => {
  expect(() => checkLoaded(taking('identity-provider', 'UserUpdated'))).toThrow('which is no service that is heard here');
  expect(() => checkLoaded(taking('catalog-service', 'UserRegistered'))).toThrow('catalog-service');
});
