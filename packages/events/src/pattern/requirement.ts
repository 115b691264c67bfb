/**
 * What a branch asks of an event, as a tree of names, and the walk that judges it.
 *
 * Array consistency falls out of the walk: at an array, one element has to meet everything that is asked below it. A
 * scalar that lies directly in an array binds no other field to that element, a nested array does. The walk visits each
 * value of the event at most once per branch, whatever the arrays hold.
 */
import type { Leaf, LeafTest } from './values.ts';

/** A field to be met: the keys that lead to it, and the test of its leaf. */
export interface FieldAt {
  readonly keys: readonly string[];
  readonly test: LeafTest;
}

/** A node of the tree: what is asked of the value that stands here, and of the members below it. */
export interface Requirement {
  readonly test: LeafTest | undefined;
  readonly members: readonly Member[];
  /** Names of two or more keys joined by dots that lead from here to a node: an event may use them as one key. */
  readonly dotted: readonly string[];
}

interface Member {
  readonly key: string;
  readonly below: Requirement;
}

/** Told by the walk: that it failed where the event has a key with a dot that could lead to what is asked. */
export interface Walk {
  sawDottedKey: boolean;
}

interface Growing {
  test: LeafTest | undefined;
  readonly members: Map<string, Growing>;
}

/** Builds the tree. No two fields may have the same keys. */
export function requirementOf(fields: readonly FieldAt[]): Requirement {
  const root: Growing = { test: undefined, members: new Map() };
  for (const { keys, test } of fields) {
    let node = root;
    for (const key of keys) {
      const next: Growing = node.members.get(key) ?? { test: undefined, members: new Map() };
      node.members.set(key, next);
      node = next;
    }
    node.test = test;
  }
  return settle(root);
}

/** The cheapest members first, so that most events fail at a plain field of the envelope. */
function settle(node: Growing): Requirement {
  const members = [...node.members]
    .map(([key, below]) => ({ key, below: settle(below) }))
    .sort((left, right) => left.below.members.length - right.below.members.length);
  const dotted = members.flatMap(({ key, below }) => [
    ...below.members.map((member) => `${key}.${member.key}`),
    ...below.dotted.map((rest) => `${key}.${rest}`),
  ]);
  return { test: node.test, members, dotted };
}

/** True if the value meets everything that is asked at and below the node; `withTest` false leaves out the node's own test. */
export function isMet(node: Requirement, value: unknown, walk: Walk, withTest = true): boolean {
  if (Array.isArray(value)) return isMetByArray(node, value, walk, withTest);
  if (isObject(value)) return !(withTest && node.test !== undefined) && areMembersMet(node, value, walk);
  if (node.members.length > 0) return false;
  return !withTest || node.test === undefined || node.test(value as Leaf);
}

function areMembersMet(node: Requirement, value: Readonly<Record<string, unknown>>, walk: Walk): boolean {
  for (const { key, below } of node.members) {
    const member = ownMember(value, key);
    if (member !== undefined && isMet(below, member, walk)) continue;
    walk.sawDottedKey ||= node.dotted.some((name) => ownMember(value, name) !== undefined);
    return false;
  }
  return true;
}

function isMetByArray(node: Requirement, items: readonly unknown[], walk: Walk, withTest: boolean): boolean {
  const test = withTest ? node.test : undefined;
  const testMet = test === undefined || items.some((item) => isScalar(item) && test(item));
  if (node.members.length === 0 && testMet) return true;
  return items.some((item) => !isScalar(item) && isMet(node, item, walk, !testMet));
}

/** True if a leaf stands at the path; `names` are its parts, which an event may have joined to longer keys. */
export function hasLeaf(value: unknown, names: readonly string[]): boolean {
  if (Array.isArray(value)) return value.some((item) => hasLeaf(item, names));
  if (!isObject(value)) return names.length === 0;
  return names.some((_, index) => {
    const member = ownMember(value, names.slice(0, index + 1).join('.'));
    return member !== undefined && hasLeaf(member, names.slice(index + 1));
  });
}

/** An own member, never one of the prototype's. The empty name is never found, as on AWS. */
export function ownMember(value: Readonly<Record<string, unknown>>, key: string): unknown {
  const member = value[key];
  return member === undefined || key === '' || !Object.hasOwn(value, key) ? undefined : member;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isScalar(value: unknown): value is Leaf {
  return typeof value !== 'object' || value === null;
}
