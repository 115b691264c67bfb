/** What must not change after the start is frozen, so that an attempt throws where it is made. */

/** Freezes plain objects and arrays, and what they hold, to the bottom. Instances of classes and functions stay as they are. */
export function frozen<Value>(value: Value): Value {
  if (!isPlain(value) || Object.isFrozen(value)) return value;
  for (const part of Object.values(Object.freeze(value))) frozen(part);
  return value;
}

/** A plain object or an array. */
export function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null;
}
