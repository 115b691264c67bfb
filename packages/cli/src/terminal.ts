/**
 * What the tool does on a terminal and nowhere else: colours, and a bar that is drawn in its place. A colour says nothing that the
 * word beside it does not say, and none is used with NO_COLOR (https://no-color.org) or on a dumb terminal.
 */
export type Tone = 'good' | 'doubtful' | 'bad' | 'quiet';

export type Paint = (tone: Tone, text: string) => string;

/** Which of the two streams people look at. */
export interface Terminal {
  readonly out: boolean;
  readonly err: boolean;
}

const CODES: Readonly<Record<Tone, number>> = { good: 32, doubtful: 33, bad: 31, quiet: 2 };
const BAR = 30;

export function painter(isTerminal: boolean, env: Readonly<Record<string, string | undefined>>): Paint {
  const isPlain = !isTerminal || (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  return (tone, text) => (isPlain ? text : `\u001B[${CODES[tone]}m${text}\u001B[0m`);
}

/** How far long work is. */
export interface Progress {
  /** From 0 to 1; undefined when nobody knows the whole. */
  readonly share?: number | undefined;
  readonly text: string;
}

/** Shows progress: on a terminal a bar that is drawn again and again, elsewhere a line whenever it changes. */
export interface ProgressLine {
  show(progress: Progress): void;
  /** Something else is printed: takes the bar away, until it is drawn anew. */
  clear(): void;
}

export function progressLine(isTerminal: boolean, err: (text: string) => void): ProgressLine {
  let shown = '';
  const percent = (share: number): string => `${Math.floor(share * 100)} %`;
  return {
    show({ share, text }) {
      const line = `${share === undefined ? '' : `${percent(share)} `}${text}`;
      if (line === shown) return;
      if (!isTerminal) err(`${line}\n`);
      else err(`\r\u001B[2K${share === undefined ? '' : `${barOf(share)} `}${line}`);
      shown = line;
    },
    clear() {
      if (isTerminal && shown !== '') err('\r\u001B[2K');
      shown = isTerminal ? '' : shown;
    },
  };
}

function barOf(share: number): string {
  const full = Math.max(0, Math.min(BAR, Math.floor(share * BAR)));
  return `[${'#'.repeat(full)}${'.'.repeat(BAR - full)}]`;
}
