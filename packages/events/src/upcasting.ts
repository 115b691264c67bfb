/**
 * Versions of one event type side by side, and the steps from an older one to the current.
 *
 * Promise: a step is a pure function from the data of one version to the data of the next, typed by both schemas; readers see
 * the result, the stored event stays as it was written. Refuses: a version that is left out between two others, a step that is
 * missing, and one that leads nowhere.
 */
import type { z } from 'zod';

/** Versions of one type, by `v1`, `v2`, …. */
export type Versions = Readonly<Record<string, z.ZodObject>>;

/** Gives the data of one version the form of the next one. Pure: the same result each time, and what it is given stays as it is. */
export type Upcaster = (data: any) => object;

interface Following {
  readonly v1: 'v2'; readonly v2: 'v3'; readonly v3: 'v4'; readonly v4: 'v5'; readonly v5: 'v6'; readonly v6: 'v7'; readonly v7: 'v8'; readonly v8: 'v9'; readonly v9: 'v10';
}

/** Versions that another one follows. */
type Older<All extends Versions> = { [Version in keyof All]: Version extends keyof Following ? (Following[Version] extends keyof All ? Version : never) : never }[keyof All];

/** The schema of the last version; of versions whose names are not known to the compiler, of any. */
export type CurrentSchema<All extends Versions> = string extends keyof All ? All[string] : All[Exclude<keyof All, Older<All>>];

/** One step from each version that is not the last, under the version from which it leads. */
export type Steps<All extends Versions> = string extends keyof All
  ? { readonly upcasters?: Readonly<Record<string, Upcaster>> }
  : [Older<All>] extends [never]
    ? { readonly upcasters?: Readonly<Record<never, Upcaster>> }
    : { readonly upcasters: { readonly [Version in Older<All>]: (data: z.infer<All[Version]>) => z.infer<All[NextOf<Version, All>]> } };

type NextOf<Version, All extends Versions> = Version extends keyof Following ? Extract<Following[Version], keyof All> : never;

const VERSION = /^v[1-9][0-9]{0,3}$/;

/** `v3` → 3. */
export function versionNumber(version: string): number {
  return Number(version.slice(1));
}

/** From the oldest to the current one. */
export function versionsInOrder(versions: Versions): string[] {
  return Object.keys(versions).sort((a, b) => versionNumber(a) - versionNumber(b));
}

/** What is wrong with the versions of an entry and the steps between them; none when nothing is. */
export function faultsOfVersions(type: string, versions: Versions, upcasters: Readonly<Record<string, Upcaster>> = {}): string[] {
  const wrong = Object.keys(versions).filter((version) => !VERSION.test(version));
  if (wrong.length > 0) return wrong.map((version) => `${type} has a version "${version}"; they are called v1, v2, …`);
  const order = versionsInOrder(versions);
  if (order.length === 0) return [`${type} has no version`];
  const steps = order.slice(0, -1);
  const gaps = steps.flatMap((version, index) => {
    const next = `v${versionNumber(version) + 1}`;
    return order[index + 1] === next ? [] : [`${type} has ${version} and ${order[index + 1]}, and nothing between them: keep ${next}`];
  });
  const missing = steps.filter((version) => typeof upcasters[version] !== 'function');
  const idle = Object.keys(upcasters).filter((version) => !steps.includes(version));
  return [
    ...gaps,
    ...missing.map((version) => `${type} has no step from ${version} to v${versionNumber(version) + 1}: add upcasters.${version}`),
    ...idle.map((version) => `${type} has a step from ${version}, which is no version that another one follows: take upcasters.${version} out`),
  ];
}
