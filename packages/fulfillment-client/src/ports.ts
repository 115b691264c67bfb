/**
 * The real clock, wait and randomness: what a client uses unless its caller hands in others.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Clock, Sleep } from './calls.ts';

export const systemClock: Clock = { now: () => new Date(), monotonicMs: () => performance.now() };
export const systemSleep: Sleep = (ms, signal) => wait(ms, undefined, signal ? { signal } : {});
export const systemRandom: () => number = Math.random;
/** 24 visible characters. */
export const systemNonce = (): string => randomBytes(18).toString('base64url');
