/**
 * How complex the wildcards of a pattern are, as EventBridge counts it: the most places in its wildcards at which reading
 * one text can stand at the same time. A star once reached is a place that is never left, and a character that repeats
 * behind a star stands at several places at once. Wildcards count together where one field is asked for under the same
 * condition: in one list, and in choices of one `$or`.
 *
 * The limit is not published. EventBridge was seen to accept 9 and to refuse 11 and 12.
 */
import type { Branch } from './read-pattern.ts';
import type { Values } from './read-values.ts';
import type { Wildcard } from './wildcard.ts';

const encoder = new TextEncoder();
const TOO_COMPLEX = 10;
/** More sets of places than this are not looked at: such wildcards count as too complex. */
const MAX_SETS = 20_000;
const ANY_OTHER = -1;

/** True if EventBridge refuses the wildcards of the branches. */
export function isTooComplex(branches: readonly Branch[]): boolean {
  return complexityOf(branches, TOO_COMPLEX) >= TOO_COMPLEX;
}

/** The complexity of the branches, counted no further than to `limit`. */
export function complexityOf(branches: readonly Branch[], limit = 100): number {
  const start: State = { fields: new Map() };
  for (const branch of branches) {
    let states: ReadonlySet<State> = new Set([start]);
    for (const [path, values] of branch) states = new Set([...states].flatMap((state) => [...statesAfter(state, path, values)]));
  }
  return complexityOfState(start, limit);
}

/** What is asked next once the fields before are met: by field, the wildcards of all values there, and what follows. */
interface State {
  readonly fields: Map<string, FieldState>;
}
interface FieldState {
  readonly wildcards: (readonly Wildcard[])[];
  readonly next: Map<string, State>;
  readonly following: Set<State>;
}

/** EventBridge goes on from one state for equal values, but from a new one for each wildcard that stands alone. */
function statesAfter(state: State, path: string, values: Values): Set<State> {
  const field = state.fields.get(path) ?? { wildcards: [], next: new Map<string, State>(), following: new Set<State>() };
  state.fields.set(path, field);
  const after = new Set<State>();
  let last: State | undefined;
  for (const value of values.orAbsent ? ['absent', ...values.predicates] : values.predicates) {
    const name = JSON.stringify(value);
    const wildcards = typeof value === 'string' ? [] : values.wildcards.filter(({ key }) => value.keys.includes(key));
    if (wildcards.length > 0) field.wildcards.push(wildcards);
    last = (wildcards.length > 0 ? undefined : field.next.get(name)) ?? last ?? { fields: new Map() };
    if (wildcards.length === 0) field.next.set(name, last);
    field.following.add(last);
    after.add(last);
  }
  return after;
}

function complexityOfState(state: State, limit: number): number {
  let complexity = 0;
  for (const { wildcards, following } of state.fields.values()) {
    if (wildcards.length > 0) complexity = Math.max(complexity, complexityOfWildcards(wildcards, limit));
    for (const next of following) complexity = Math.max(complexity, complexityOfState(next, limit));
  }
  return complexity;
}

/** Where reading can stand: the byte that is read there (-1 is a star), or undefined behind the last one. */
interface Place {
  readonly byte: number | undefined;
  /** Places of one value that have the same bytes before them count as one. */
  readonly name: string;
}

/** The places of all wildcards with their quotes, one after another, and the first of each. */
function placesOf(values: readonly (readonly Wildcard[])[]): { readonly places: readonly Place[]; readonly starts: readonly number[] } {
  const places: Place[] = [];
  const starts: number[] = [];
  values.forEach((wildcards, value) => {
    for (const { pieces } of wildcards) {
      starts.push(places.length);
      const bytes = pieces.flatMap((piece, at) => {
        const text = `${at === 0 ? '"' : ''}${piece}${at === pieces.length - 1 ? '"' : ''}`;
        return at === 0 ? [...encoder.encode(text)] : [ANY_OTHER, ...encoder.encode(text)];
      });
      bytes.forEach((byte, at) => places.push({ byte, name: `${value}:${bytes.slice(0, at + 1).join()}` }));
      places.push({ byte: undefined, name: '' });
    }
  });
  return { places, starts };
}

function complexityOfWildcards(values: readonly (readonly Wildcard[])[], limit: number): number {
  let complexity = 0;
  const { places, starts } = placesOf(values);
  const seen = new Set<string>();
  let fronts: (readonly number[])[] = [starts];
  while (fronts.length > 0) {
    const next: (readonly number[])[] = [];
    for (const front of fronts) {
      for (const byte of new Set([ANY_OTHER, ...front.map((place) => places[place]?.byte ?? ANY_OTHER)])) {
        const taken = takenBy(byte, front, places);
        const key = taken.join();
        if (taken.length === 0 || seen.has(key)) continue;
        seen.add(key);
        complexity = Math.max(complexity, sizeOf(taken, places));
        if (complexity >= limit || seen.size > MAX_SETS) return limit;
        next.push(frontAfter(taken, places));
      }
    }
    fronts = next;
  }
  return complexity;
}

/** The places that the byte is read at. */
function takenBy(byte: number, front: readonly number[], places: readonly Place[]): number[] {
  return front.filter((place) => {
    const wanted = places[place]?.byte;
    return wanted === ANY_OTHER || (byte !== ANY_OTHER && wanted === byte);
  });
}

/** Where reading can go on: at a star again, and behind each place, over a star there as well. */
function frontAfter(taken: readonly number[], places: readonly Place[]): number[] {
  const front = new Set<number>();
  for (const place of taken) {
    if (places[place]?.byte === ANY_OTHER) front.add(place);
    front.add(place + 1);
    if (places[place + 1]?.byte === ANY_OTHER) front.add(place + 2);
  }
  return [...front].sort((left, right) => left - right);
}

/** The places taken, and the stars behind them: what is matched up to here is matched with an empty star as well. */
function sizeOf(taken: readonly number[], places: readonly Place[]): number {
  const stars = taken.map((place) => place + 1).filter((place) => places[place]?.byte === ANY_OTHER);
  return new Set([...taken, ...stars].map((place) => places[place]?.name)).size;
}
