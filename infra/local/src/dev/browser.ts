// Opens an address in the browser of whoever sits here, if there is one.
import { spawn } from 'node:child_process';

const OPENER: Readonly<Partial<Record<NodeJS.Platform, string>>> = { darwin: 'open', linux: 'xdg-open' };

/** False when nothing could open it: the program is not there, or says at once that it cannot. */
export function openInBrowser(url: string, program = OPENER[process.platform]): Promise<boolean> {
  if (program === undefined) return Promise.resolve(false);
  return new Promise((resolve) => {
    const opener = spawn(program, [url], { stdio: 'ignore', detached: true });
    // A browser may stay in the foreground: what has not failed by then has worked.
    const timer = setTimeout(() => resolve(true), OPENED_AFTER_MS);
    opener.once('error', () => settle(false)).once('exit', (code) => settle(code === 0));
    opener.unref();
    const settle = (isOpen: boolean): void => {
      clearTimeout(timer);
      resolve(isOpen);
    };
  });
}

const OPENED_AFTER_MS = 1_500;
