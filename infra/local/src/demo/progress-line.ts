// Progress on the terminal: one line that is rewritten, or, where the output is no terminal, a line every two seconds.
import type { Progress } from './orders-run.ts';

const REWRITE_INTERVAL_MS = 100;
const LINE_INTERVAL_MS = 2_000;
const BAR_WIDTH = 40;

/** Shows `progress` until the returned function is called, which leaves the last state on a line of its own. */
export function showProgress(progress: Progress, total: number, output: NodeJS.WriteStream): () => void {
  const show = (): void => void output.write(output.isTTY ? `\r${line(progress, total)}` : `${line(progress, total)}\n`);
  const timer = setInterval(show, output.isTTY ? REWRITE_INTERVAL_MS : LINE_INTERVAL_MS);
  return () => {
    clearInterval(timer);
    show();
    if (output.isTTY) output.write('\n');
  };
}

function line({ accepted, settled }: Progress, total: number): string {
  const done = total === 0 ? BAR_WIDTH : Math.round((settled / total) * BAR_WIDTH);
  return `  ${'█'.repeat(done)}${'░'.repeat(BAR_WIDTH - done)}  accepted ${accepted}, settled ${settled} of ${total}`;
}
