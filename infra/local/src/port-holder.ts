// Who listens on a port of this machine, in words: on Linux from /proc, elsewhere from lsof where it is installed. It is for a message
// alone: whatever goes wrong, nothing is said.
import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { promisify } from 'node:util';

const LSOF_LIMIT_MS = 2_000;
const LISTENING = '0A';
const SHOWN_COMMAND = 80;
const SHOWN_FOLDERS = 3;

/** `process 4711 (node server.js)`; undefined when it cannot be seen, such as of another user. */
export async function portHolder(port: number): Promise<string | undefined> {
  const pid = process.platform === 'linux' ? await linuxHolder(port) : await lsofHolder(port);
  if (pid === undefined) return undefined;
  const command = await commandOf(pid);
  return `process ${pid}${command === '' ? '' : ` (${command})`}`;
}

async function linuxHolder(port: number): Promise<number | undefined> {
  const inodes = await listeningInodes(port);
  if (inodes.size === 0) return undefined;
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    const open = await readdir(`/proc/${pid}/fd`).catch(() => []);
    for (const descriptor of open) {
      const inode = /^socket:\[(\d+)\]$/.exec(await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => ''))?.[1];
      if (inode !== undefined && inodes.has(inode)) return Number(pid);
    }
  }
  return undefined;
}

async function listeningInodes(port: number): Promise<Set<string>> {
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map((path) => readFile(path, 'utf8').catch(() => '')));
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const rows = tables.flatMap((table) => table.split('\n').slice(1)).map((line) => line.trim().split(/\s+/));
  return new Set(rows.flatMap(([, local = '', , state, , , , , , inode = '']) => (state === LISTENING && local.endsWith(`:${hex}`) ? [inode] : [])));
}

async function lsofHolder(port: number): Promise<number | undefined> {
  const said = await promisify(execFile)('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fp'], { timeout: LSOF_LIMIT_MS }).catch(() => undefined);
  const pid = /^p(\d+)$/m.exec(said?.stdout ?? '')?.[1];
  return pid === undefined ? undefined : Number(pid);
}

/** Its arguments may carry secrets: only the program and the file that it runs are told. */
async function commandOf(pid: number): Promise<string> {
  return commandIn((await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0'));
}

/** `words`: the program and its arguments. */
export function commandIn([program = '', ...words]: readonly string[]): string {
  const file = words.find((word, index) => /[./]/.test(word) && !word.startsWith('-') && !TAKES_A_FILE.has(words[index - 1] ?? ''));
  const name = [program.split('/').at(-1), file?.split('/').slice(-SHOWN_FOLDERS).join('/')].filter((word) => word !== undefined && word !== '').join(' ');
  return name.slice(0, SHOWN_COMMAND).replace(/[^\x20-\x7e]/g, '?');
}

/** Options of Node whose next word is not the program that it runs. */
const TAKES_A_FILE: ReadonlySet<string> = new Set(['--import', '--require', '-r', '--loader', '--experimental-loader', '-C', '--conditions']);
