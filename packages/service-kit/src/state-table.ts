/**
 * States and transitions as data, and what a table says about an input.
 *
 * Promise: a table with a fault is refused at start, with all its faults. An input that the table does not allow now is
 * either early (a state from which it is allowed can still be reached: it waits) or late (it can never apply again).
 */

export interface Transition<State extends string, Input extends string> {
  readonly from: State;
  readonly on: Input;
  readonly to: State;
}

export interface StateTable<State extends string, Input extends string> {
  readonly name: string;
  readonly initial: State;
  /** A terminal state is one that nothing leaves. */
  readonly states: Readonly<Record<State, { readonly meaning: string; readonly terminal: boolean }>>;
  readonly transitions: readonly Transition<State, Input>[];
}

/** What becomes of an input. */
export type Step<State extends string> =
  | { readonly kind: 'move'; readonly to: State }
  | { readonly kind: 'early' }
  | { readonly kind: 'late' };

/** The table has faults; the message lists them all. */
export class StateTableRefused extends Error {
  override readonly name = 'StateTableRefused';
  readonly faults: readonly string[];
  constructor(table: string, faults: readonly string[]) {
    super(`The state table ${table} is refused:\n${faults.map((fault) => `- ${fault}`).join('\n')}`);
    this.faults = faults;
  }
}

/** A table that was checked, and asked per input. */
export interface Machine<State extends string, Input extends string> {
  step(from: State, on: Input): Step<State>;
  isTerminal(state: State): boolean;
}

/** Throws `StateTableRefused` for unknown and unreachable states, dead ends, and transitions that contradict each other. */
export function createMachine<State extends string, Input extends string>(table: StateTable<State, Input>): Machine<State, Input> {
  const faults = faultsOf(table);
  if (faults.length > 0) throw new StateTableRefused(table.name, faults);
  const moves = new Map(table.transitions.map(({ from, on, to }) => [`${from} ${on}`, to]));
  const states = Object.keys(table.states) as State[];
  const ahead = new Map(states.map((state) => [state, reachableFrom(table, state)]));
  return {
    step(from, on) {
      const to = moves.get(`${from} ${on}`);
      if (to !== undefined) return { kind: 'move', to };
      const mayCome = table.transitions.some((transition) => transition.on === on && transition.from !== from && ahead.get(from)?.has(transition.from));
      return { kind: mayCome ? 'early' : 'late' };
    },
    isTerminal: (state) => table.states[state].terminal,
  };
}

function faultsOf({ initial, states, transitions, ...table }: StateTable<string, string>): string[] {
  const faults: string[] = [];
  const known = Object.keys(states);
  const pairs = new Set<string>();
  if (!(initial in states)) faults.push(`it begins in "${initial}", which is not a state`);
  for (const { from, on, to } of transitions) {
    for (const state of [from, to]) if (!(state in states)) faults.push(`${from} –${on}→ ${to}: "${state}" is not a state`);
    if (states[from]?.terminal) faults.push(`${from} –${on}→ ${to}: ${from} is terminal, nothing leaves it`);
    if (pairs.has(`${from} ${on}`)) faults.push(`${from} –${on}→: two transitions for one input`);
    pairs.add(`${from} ${on}`);
  }
  const whole = { ...table, initial, states, transitions };
  const reached = reachableFrom(whole, initial);
  for (const state of known) {
    if (!reached.has(state)) faults.push(`"${state}" cannot be reached from "${initial}"`);
    const ends = [...reachableFrom(whole, state)].some((end) => states[end]?.terminal);
    if (!ends) faults.push(`"${state}" is a dead end: no terminal state can be reached from it`);
  }
  return faults;
}

/** A state and everything that can follow it. */
function reachableFrom<State extends string>({ transitions }: Pick<StateTable<State, string>, 'transitions'>, start: State): Set<State> {
  const reached = new Set<State>([start]);
  for (const state of reached) {
    for (const { from, to } of transitions) if (from === state) reached.add(to);
  }
  return reached;
}
