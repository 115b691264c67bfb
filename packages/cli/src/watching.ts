/** Watches what a service carries out by itself, such as a run: it goes on when this tool ends, and when the service dies and comes back. */
import { NoAnswer } from './failures.ts';
import type { Progress } from './terminal.ts';
import type { Work } from './work.ts';

const LOOK_MS = 1_000;
/** How often in a row the service may leave out an answer: it may be started again meanwhile. */
const MOST_SILENCES = 60;

export interface Watching<State> {
  /** What it is, in words: `The run`. */
  readonly name: string;
  readonly look: (state: State) => Promise<State>;
  readonly isOver: (state: State) => boolean;
  /** How far it is; told when it changes. */
  readonly progress: (state: State) => Progress;
}

/** Looks once in a second until it is over, and gives how it ended. Throws what the service refuses, and `NoAnswer` when it stays away. */
export async function watched<State>(work: Pick<Work, 'remark' | 'progress' | 'pause'>, begun: State, { name, look, isOver, progress }: Watching<State>): Promise<State> {
  let silences = 0;
  for (let state = begun; ; ) {
    work.progress(progress(state));
    if (isOver(state)) return state;
    await work.pause(LOOK_MS);
    try {
      state = await look(state);
      silences = 0;
    } catch (error) {
      silences += 1;
      if (!(error instanceof NoAnswer) || silences > MOST_SILENCES) throw error;
      if (silences === 1) work.remark(`The service does not answer. ${name} goes on when it is back.`);
    }
  }
}
