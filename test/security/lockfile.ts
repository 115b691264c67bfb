/** What the lockfile of pnpm says, and what is wrong with it: only the registry, a hash for each package, no script that nobody allowed. Pure. */
import { parse } from 'yaml';

export interface LockedPackage {
  readonly name: string;
  readonly version: string;
  /** `sha512-…`, or undefined. */
  readonly integrity: string | undefined;
}

interface Entry {
  readonly resolution?: Readonly<Record<string, string>>;
}

export interface Lockfile {
  readonly importers: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, { readonly specifier: string; readonly version: string }>> | undefined>>>>;
  readonly packages: Readonly<Record<string, Entry>>;
}

const EXACT = /^\d+\.\d+\.\d+(?:-[\w.]+)?$/;
const SHA512 = /^sha512-[A-Za-z0-9+/]{86}==$/;

export function readLockfile(text: string): Lockfile {
  return parse(text) as Lockfile;
}

export function lockedPackages({ packages }: Lockfile): LockedPackage[] {
  return Object.entries(packages).map(([key, { resolution }]) => {
    const at = key.lastIndexOf('@');
    return { name: key.slice(0, at), version: key.slice(at + 1), integrity: resolution?.['integrity'] };
  });
}

/** Every way in which it does not say exactly what is installed from the registry, with the place. */
export function faultsOfLockfile({ importers, packages }: Lockfile): string[] {
  const strange = Object.entries(packages).flatMap(([key, { resolution = {} }]) => {
    const { integrity, ...more } = resolution;
    const from = Object.keys(more);
    return [
      ...(integrity !== undefined && SHA512.test(integrity) ? [] : [`${key} has no hash of SHA-512`]),
      ...(from.length === 0 ? [] : [`${key} does not come from the registry by its name alone: ${from.join(', ')}`]),
      ...(EXACT.test(key.slice(key.lastIndexOf('@') + 1)) ? [] : [`${key} has no exact version`]),
    ];
  });
  const wanted = Object.entries(importers).flatMap(([member, kinds]) => Object.entries(kinds)
    .filter(([kind]) => kind.endsWith('ependencies'))
    .flatMap(([, entries = {}]) => Object.entries(entries).filter(([, { specifier }]) => !EXACT.test(specifier) && specifier !== 'workspace:*').map(([name, { specifier }]) => `${member} wants ${name} as ${specifier}`)));
  return [...strange, ...wanted];
}

/** Less than zero when `one` is older. A version before a release is older than it. */
export function compareVersions(one: string, another: string): number {
  const [a, b] = [one, another].map((version) => version.split('-'));
  const numbers = (parts: readonly string[] | undefined): number[] => (parts?.[0] ?? '').split('.').map(Number);
  const [of, than] = [numbers(a), numbers(b)];
  const differs = of.findIndex((number, index) => number !== than[index]);
  if (differs >= 0) return (of[differs] ?? 0) - (than[differs] ?? 0);
  return Number(a?.[1] === undefined) - Number(b?.[1] === undefined);
}
