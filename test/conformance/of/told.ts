/**
 * What must hold of the events of each fulfillment, judged over everything that was told. Pure.
 * Events come in any order and any number of times; what counts is which there are, by id and number.
 */
import type { Fulfillment } from './bench.ts';
import { flowOf, shapeOf } from './book.ts';
import type { Asked, LineShape } from './book.ts';
import type { Told } from './feed.ts';

/** One sentence, and the events that show it. */
export interface Complaint {
  readonly sentence: string;
  readonly events: readonly unknown[];
}

/** What was told of one fulfillment, by number, and how it is read in the end. */
export interface Story {
  readonly told: readonly Told[];
  readonly read: Fulfillment;
  /** Undefined when the kit has not seen the answer to the request. */
  readonly asked: Asked | undefined;
}

/** Events that end a fulfillment; what is revoked afterwards does not end it again. */
export const ENDINGS: ReadonlySet<string> = new Set(['FulfillmentCompleted', 'FulfillmentFailed', 'FulfillmentCancelled']);

const ENDING_OF: Readonly<Partial<Record<Fulfillment['status'], readonly string[]>>> = {
  completed: ['FulfillmentCompleted'],
  partial: ['FulfillmentCompleted'],
  failed: ['FulfillmentFailed'],
  cancelled: ['FulfillmentCancelled'],
  revoked: ['FulfillmentCompleted', 'FulfillmentRevoked'],
};

/** The endings that must have been told of a fulfillment that is read so; empty for one that is open. */
export function endingsOf(status: Fulfillment['status']): readonly string[] {
  return ENDING_OF[status] ?? [];
}

export type Judge = (story: Story) => Complaint | undefined;

/** The lines of which an event tells, as they came; undefined when it tells of none. */
function linesOf({ event: { data } }: Told): any[] | undefined {
  if (Array.isArray(data?.lines)) return data.lines;
  return data?.line === undefined ? undefined : [data.line];
}

/** True when one of these types was told. */
export function tellsOf(types: ReadonlySet<string>): (story: Story) => boolean {
  return ({ told }) => told.some(({ detailType }) => types.has(detailType));
}

/** True when a line was told as this in an event of these types; of any when none is named. */
export function tellsOfLine(status: string, types?: ReadonlySet<string>): (story: Story) => boolean {
  return ({ told }) => told.some((one) => (types?.has(one.detailType) ?? true) && linesOf(one)?.some((line) => line.status === status));
}

function complain(sentence: string, told: readonly Told[]): Complaint {
  return { sentence, events: told.map(({ event }) => event) };
}

/** Two events with different ids are two changes: no two say the same under another id. */
export const noDoubles: Judge = ({ told }) => {
  const bySaying = Map.groupBy(told, ({ detailType, sequence, event }) => `${detailType} ${sequence} ${JSON.stringify(event.data)}`);
  const doubled = [...bySaying.values()].find((same) => new Set(same.map(({ event }) => event.eventId)).size > 1);
  return doubled && complain('One change was told under two ids.', doubled);
};

/** The numbers are 1, 2, 3, … up to the version that is read, and in the order in which things happen. */
export function inSequence(isWhole: boolean): Judge {
  return ({ told, read }) => {
    const numbers = [...new Set(told.map(({ sequence }) => sequence))].toSorted((a, b) => a - b);
    const highest = numbers.at(-1) ?? 0;
    if (numbers.some((number) => !Number.isInteger(number) || number < 1)) return complain('An event has no whole number from 1 (metadata.sequence).', told);
    if (highest > read.version) return complain(`An event has the number ${highest}, and the fulfillment is at version ${read.version}.`, told);
    if (isWhole && numbers.length !== read.version) return complain(`The fulfillment is at version ${read.version}, and the numbers that came are ${numbers.join(', ')}.`, told);
    const typesOf = Map.groupBy(told, ({ sequence }) => sequence);
    const shared = [...typesOf.values()].find((same) => new Set(same.map(({ detailType }) => detailType)).size > 1);
    if (shared !== undefined) return complain('Two different changes have the same number.', shared);
    return misplaced(told);
  };
}

/** Acceptance first, lines before the ending, revocation after it. */
function misplaced(told: readonly Told[]): Complaint | undefined {
  const numbersOf = (...types: string[]): number[] => told.flatMap(({ detailType, sequence }) => (types.includes(detailType) ? [sequence] : []));
  const ending = Math.min(...numbersOf(...ENDINGS));
  const wrong = [
    [numbersOf('FulfillmentAccepted').some((number) => number !== 1), 'The acceptance is not the first event.'],
    [numbersOf('FulfillmentHeld', 'FulfillmentReleased').some((number) => number > ending), 'Something was held or released after the end.'],
    [numbersOf('FulfillmentLineSettled').some((number) => number > ending), 'A line was settled after the end.'],
    [numbersOf('FulfillmentRevoked').some((number) => number < ending), 'Something was revoked before the end.'],
  ].find(([is]) => is);
  return wrong && complain(String(wrong[1]), told);
}

/** At most one ending. The same one under another id is `noDoubles`' affair. */
export const oneEnding: Judge = ({ told }) => {
  const endings = told.filter(({ detailType }) => ENDINGS.has(detailType));
  return new Set(endings.map(({ detailType, sequence }) => `${detailType} ${sequence}`)).size > 1 ? complain('More than one ending was told.', endings) : undefined;
};

/** What is read as settled was told. */
export const endIsTold: Judge = ({ told, read }) => {
  const types = new Set(told.map(({ detailType }) => detailType));
  const missing = endingsOf(read.status).find((type) => !types.has(type));
  return missing === undefined ? undefined : complain(`The fulfillment ${read.fulfillmentId} is ${read.status}, and no ${missing} came.`, told);
};

/** Each completion says completed only when every line was fulfilled, and partial only when some were. */
export const completionIsTrue: Judge = ({ told }) => {
  const wrong = told.filter(({ detailType, event }) => detailType === 'FulfillmentCompleted' && event.data?.status !== statusBy(event.data?.lines));
  return wrong.length === 0 ? undefined : complain(`A completion says ${wrong[0]?.event.data?.status}, and its lines say otherwise.`, wrong.slice(0, 1));
};

function statusBy(lines: unknown): string | undefined {
  if (!Array.isArray(lines)) return undefined;
  const fulfilled = lines.filter(({ status }) => status === 'fulfilled').length;
  if (fulfilled === 0) return undefined;
  return fulfilled === lines.length ? 'completed' : 'partial';
}

/** The end that was told last is the end that is read, and line by line the same. */
export const agreesWithRead: Judge = ({ told, read }) => {
  const isRevoked = ({ detailType }: Told): number => Number(detailType === 'FulfillmentRevoked');
  const last = told.filter((one) => ENDINGS.has(one.detailType) || isRevoked(one) === 1).toSorted((a, b) => isRevoked(b) - isRevoked(a) || b.sequence - a.sequence)[0];
  if (last === undefined) return undefined;
  const lines = new Map<string, string>(Array.isArray(last.event.data?.lines) ? last.event.data.lines.map((line: any) => [line.lineId, line.status]) : []);
  // A revocation may tell of the lines alone that it is about.
  const isAbout = (lineId: string): boolean => last.detailType !== 'FulfillmentRevoked' || lines.has(lineId);
  const differing = read.lines.find(({ lineId, status }) => isAbout(lineId) && lines.get(lineId) !== status);
  if (differing !== undefined) return complain(`Line ${differing.lineId} was told as ${lines.get(differing.lineId) ?? 'nothing'}, and is read as ${differing.status}.`, [last]);
  const fits = last.detailType === 'FulfillmentRevoked' || endingsOf(read.status)[0] === last.detailType;
  return fits ? undefined : complain(`The last end that was told is ${last.detailType}, and the fulfillment is read as ${read.status}.`, [last]);
};

/** They may tell of some lines alone. */
const SOME_LINES: ReadonlySet<string> = new Set(['FulfillmentLineSettled', 'FulfillmentRevoked']);

/** Each event tells of the lines that were asked for: one line in its own event, some when they are taken back, all of them else. */
export const linesAsAsked: Judge = ({ told, asked }) => {
  if (asked === undefined) return undefined;
  const wanted = new Set(asked.lines.map((line) => shapeOf([line])));
  const fits = (one: Told, lines: readonly LineShape[]): boolean =>
    SOME_LINES.has(one.detailType) ? lines.length > 0 && lines.every((line) => wanted.has(shapeOf([line]))) : shapeOf(lines) === shapeOf(asked.lines);
  const wrong = told.find((one) => !fits(one, linesOf(one) ?? asked.lines));
  return wrong && complain(`${wrong.detailType} tells of other lines than were asked for: ${shapeOf(linesOf(wrong) ?? [])} in the place of ${shapeOf(asked.lines)}.`, [wrong]);
};

/** Whoever hears that a line failed hears why, and hears the same in every event and in reading. */
export const failuresHaveReasons: Judge = ({ told, read }) => {
  for (const one of told) {
    for (const { lineId, status, reason } of linesOf(one) ?? []) {
      if (status !== 'failed') continue;
      if (typeof reason?.code !== 'string') return complain(`${one.detailType} tells that line ${lineId} failed, and no reason.`, [one]);
      const found = read.lines.find((line) => line.lineId === lineId && line.status === 'failed')?.reason?.code ?? reason.code;
      if (found !== reason.code) return complain(`${one.detailType} gives line ${lineId} the reason ${reason.code}, and it is read as ${found}.`, [one]);
    }
  }
  return undefined;
};

/** What follows from requests about one order carries the correlation id that all of them had. */
export const inTheFlow: Judge = ({ told, read, asked }) => {
  const wrong = asked && told.find(({ event }) => event.correlationId !== flowOf(read.orderId));
  return wrong && complain(`${wrong.detailType} has the correlation id ${wrong.event.correlationId}, and every request about its order had ${flowOf(read.orderId)}.`, [wrong]);
};
