/**
 * Events whose keys hold dots: `{"a.b": 1}` and `{"a": {"b": 1}}` have the same path, and one event may use both. A reading
 * fixes for every field which keys lead to it; the event matches if it does in one reading.
 */
import { isObject, ownMember, type FieldAt } from './requirement.ts';

/** More readings than this are not tried: an event would have to spell six fields or more in several ways at once. */
const MAX_READINGS = 4_096;

/** The readings of the event's keys under which every field has a leaf. */
export function readingsOf(fields: readonly FieldAt[], event: object): readonly FieldAt[][] {
  let readings: FieldAt[][] = [[]];
  for (const { keys: names, test } of fields) {
    const ways = distinct(waysTo(event, names));
    if (ways.length * readings.length > MAX_READINGS) return [];
    readings = readings.flatMap((reading) => ways.map((keys) => [...reading, { keys, test }]));
  }
  return readings;
}

/** Every list of keys that leads to a leaf and reads as the names when joined by dots. */
function waysTo(value: unknown, names: readonly string[]): string[][] {
  if (Array.isArray(value)) return distinct(value.flatMap((item) => waysTo(item, names)));
  if (!isObject(value)) return names.length === 0 ? [[]] : [];
  return names.flatMap((_, index) => {
    const key = names.slice(0, index + 1).join('.');
    const member = ownMember(value, key);
    return member === undefined ? [] : waysTo(member, names.slice(index + 1)).map((rest) => [key, ...rest]);
  });
}

function distinct(ways: readonly string[][]): string[][] {
  return [...new Map(ways.map((way) => [JSON.stringify(way), way])).values()];
}
