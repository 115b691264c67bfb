/**
 * States as data, checked at start.
 * Promise: a machine with an unknown, unreachable or dead-end state stops the start with every fault named.
 * Refuses: a move that its table does not list.
 */

/** `moves` lists, per state, the states that may follow it. A state without moves must be named as terminal. */
export interface StateMachine<State extends string> {
  readonly name: string;
  readonly initial: State;
  readonly terminal: readonly State[];
  readonly moves: Readonly<Record<State, readonly State[]>>;
}

/** Throws with all faults of the machine at once. */
export function checkMachine(machine: StateMachine<string>): void {
  const faults = faultsOf(machine);
  if (faults.length > 0) throw new Error(`The states of ${machine.name} are refused:\n${faults.map((fault) => `- ${fault}`).join('\n')}`);
}

function faultsOf(machine: StateMachine<string>): string[] {
  const states = Object.keys(machine.moves);
  const unknown = [machine.initial, ...machine.terminal, ...Object.values(machine.moves).flat()].filter((state) => !states.includes(state));
  const reached = reachableFrom(machine, machine.initial);
  return [
    ...[...new Set(unknown)].map((state) => `"${state}" is named, but not declared`),
    ...states.filter((state) => !reached.has(state)).map((state) => `"${state}" cannot be reached from "${machine.initial}"`),
    ...machine.terminal.filter((state) => (machine.moves[state] ?? []).length > 0).map((state) => `"${state}" is terminal, but has moves`),
    ...states.filter((state) => !canEnd(machine, state)).map((state) => `"${state}" is a dead end: no terminal state can be reached from it`),
  ];
}

function canEnd(machine: StateMachine<string>, state: string): boolean {
  const reached = reachableFrom(machine, state);
  return machine.terminal.some((terminal) => reached.has(terminal));
}

/** The state itself and everything that can follow it. */
function reachableFrom(machine: StateMachine<string>, start: string): Set<string> {
  const reached = new Set([start]);
  for (const state of reached) for (const next of machine.moves[state] ?? []) reached.add(next);
  return reached;
}

export function isTerminal<State extends string>(machine: StateMachine<State>, state: State): boolean {
  return machine.terminal.includes(state);
}

/** Staying in a state that is not terminal is no move and always allowed. */
export function mayMove<State extends string>(machine: StateMachine<State>, from: State, to: State): boolean {
  return from === to ? !isTerminal(machine, from) : machine.moves[from].includes(to);
}
