/**
 * CPU used by the processes of a run, and by everybody else on the machine meanwhile. Linux only; elsewhere zero.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { Stack } from '@commerce/local-stack/stack';

const TICK_MS = 10;

export interface Usage {
  /** CPU of the stack and of this process, in ms. */
  readonly ownMs: number;
  /** Share of the machine's time that others used, 0 to 1. */
  readonly foreignShare: number;
}

/** Starts to watch; the returned function says what was used since. */
export function watchCpu(stack: Stack): () => Usage {
  const startedAtMs = performance.now();
  const own = ownTicks(stack);
  const all = busyTicks();
  return () => {
    const ownMs = (ownTicks(stack) - own) * TICK_MS;
    const allMs = (busyTicks() - all) * TICK_MS;
    const capacityMs = (performance.now() - startedAtMs) * availableParallelism();
    return { ownMs, foreignShare: Math.max(0, allMs - ownMs) / capacityMs };
  };
}

/** Ticks of this process, the stack's processes and all their descendants. */
function ownTicks(stack: Stack): number {
  return ticksOf(new Set([process.pid, ...stack.supervisor.statuses().flatMap(({ pid }) => (pid === undefined ? [] : [pid]))]));
}

/** CPU that one process of the stack and all its descendants have used so far, in ms. */
export function processCpuMs({ supervisor }: Stack, name: string): number {
  const pid = supervisor.statuses().find((status) => status.name === name)?.pid;
  return pid === undefined ? 0 : ticksOf(new Set([pid])) * TICK_MS;
}

/** CPU that a process and all its descendants have used so far, in ms. */
export function treeCpuMs(pid: number): number {
  return ticksOf(new Set([pid])) * TICK_MS;
}

/** Memory that a process has in use, in MB; 0 where that is not told. */
export function residentMb(pid: number): number {
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(text(`/proc/${pid}/status`))?.[1] ?? 0) / 1_024);
}

function ticksOf(roots: ReadonlySet<number>): number {
  const parents = new Map<number, { parent: number; ticks: number }>();
  for (const name of readable('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = text(`/proc/${name}/stat`);
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // With those of its children that have ended: pgbench is gone when it is asked.
    parents.set(Number(name), { parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) + Number(fields[13]) + Number(fields[14]) });
  }
  let ticks = 0;
  for (const [pid, { ticks: used }] of parents) {
    for (let at: number | undefined = pid; at !== undefined && at > 1; at = parents.get(at)?.parent) {
      if (roots.has(at)) {
        ticks += used;
        break;
      }
    }
  }
  return ticks;
}

/** CPU that the whole machine has used so far, in ms. */
export function busyMs(): number {
  return busyTicks() * TICK_MS;
}

/** Ticks in which the machine was busy: user, nice, system, interrupts. */
function busyTicks(): number {
  const [, user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = (text('/proc/stat').split('\n')[0] ?? '').split(/\s+/).map(Number);
  return user + nice + system + irq + softirq;
}

function text(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function readable(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
