/**
 * Compiles one branch of a pattern into a function of the event. The tree of what is asked is built once for each set of
 * optional fields that an event turns out to have; an event whose keys hold dots is judged in every reading of its keys.
 */
import type { Branch } from './read-pattern.ts';
import { hasLeaf, isMet, requirementOf, type FieldAt, type Requirement, type Walk } from './requirement.ts';
import { readingsOf } from './dotted-keys.ts';
import type { LeafTest } from './values.ts';

interface OptionalField {
  readonly names: readonly string[];
  readonly test: LeafTest | undefined;
}

interface Asked {
  readonly fields: readonly FieldAt[];
  readonly tree: Requirement;
}

const MAX_CACHED_TREES = 64;

/** The test of one branch. */
export function compileBranch(branch: Branch): (event: object) => boolean {
  const always: FieldAt[] = [];
  const optional: OptionalField[] = [];
  for (const [path, { test, orAbsent }] of branch) {
    const names = path.split('.');
    if (orAbsent) optional.push({ names, test });
    else if (test !== undefined) always.push({ keys: names, test });
  }
  const asked = askedOf(always);
  if (optional.length === 0) return (event) => isAskedMet(asked, event);
  const askedWith = withOptional(always, optional);
  return (event) => {
    const present = optional.filter(({ names }) => hasLeaf(event, names));
    if (present.length === 0) return isAskedMet(asked, event);
    return present.every(({ test }) => test !== undefined) && isAskedMet(askedWith(present), event);
  };
}

/** The tree that also asks for the optional fields that are there, built when first needed. */
function withOptional(always: readonly FieldAt[], optional: readonly OptionalField[]): (present: readonly OptionalField[]) => Asked {
  const trees = new Map<string, Asked>();
  return (present) => {
    const key = optional.map((field) => (present.includes(field) ? '1' : '0')).join('');
    const known = trees.get(key);
    if (known !== undefined) return known;
    const more = present.flatMap(({ names, test }) => (test === undefined ? [] : [{ keys: names, test }]));
    const asked = askedOf([...always, ...more]);
    if (trees.size < MAX_CACHED_TREES) trees.set(key, asked);
    return asked;
  };
}

function askedOf(fields: readonly FieldAt[]): Asked {
  return { fields, tree: requirementOf(fields) };
}

function isAskedMet(asked: Asked, event: object): boolean {
  const walk: Walk = { sawDottedKey: false };
  if (isMet(asked.tree, event, walk)) return true;
  if (!walk.sawDottedKey) return false;
  return readingsOf(asked.fields, event).some((fields) => isMet(requirementOf(fields), event, walk));
}
