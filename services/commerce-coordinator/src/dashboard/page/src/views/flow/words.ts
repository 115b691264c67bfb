/** What the flow says in words. Pure. */
import type { Tone } from '../../parts/status.tsx';
import { spanText } from '../../parts/moment-text.ts';
import type { EdgeKind, FlowEdge, FlowNode, NodeKind, NodeState } from './flow-data.ts';

export const KINDS: Readonly<Record<NodeKind, string>> = {
  clients: 'callers', provider: 'outside', ingest: 'edge', extension: 'extension', log: 'log', bus: 'bus', rule: 'rule', queue: 'queue', 'dead-letters': 'dead letters', service: 'service', webhooks: 'receivers', mail: 'outside',
};

export const STATES: Readonly<Record<NodeState, { readonly word: string; readonly sign: string; readonly tone: Tone }>> = {
  ok: { word: 'flowing', sign: '✓', tone: 'good' },
  quiet: { word: 'quiet', sign: '○', tone: 'plain' },
  unused: { word: 'never used', sign: '∅', tone: 'plain' },
  warn: { word: 'look', sign: '△', tone: 'warn' },
  bad: { word: 'fault', sign: '✕', tone: 'bad' },
  unknown: { word: 'not known', sign: '?', tone: 'held' },
};

export const WAYS: Readonly<Record<EdgeKind, string>> = { request: 'requests', signal: 'signals', all: 'everything that is told', call: 'calls', bus: 'over a bus', dead: 'what could not be taken' };

/** 0.2/s, 12/s, 1,300/s; per minute below one in ten seconds. */
export function rateText(perSecond: number): string {
  if (perSecond === 0) return '0/s';
  if (perSecond < 0.1) return `${Math.max(1, Math.round(perSecond * 60))}/min`;
  return `${perSecond < 10 ? Math.round(perSecond * 10) / 10 : Math.round(perSecond).toLocaleString('en')}/s`;
}

export function shareText(share: number): string {
  return share > 0 && share < 0.01 ? '<1%' : `${Math.round(share * 100)}%`;
}

/** Of dead letters: there are none, and nothing flows where nothing lies. */
export const EMPTY = 'empty';

/** On the second line of a place: what is the matter, or how much passes and waits. */
export function standingText({ kind, state, perSecond, depth, dead }: FlowNode): string {
  if (kind === 'dead-letters' && depth === 0) return EMPTY;
  if (state === 'unused' || state === 'unknown') return STATES[state].word;
  const parts = [
    ...(dead !== null && dead > 0 ? [`${dead.toLocaleString('en')} dead`] : []),
    ...(perSecond !== null && perSecond > 0 ? [rateText(perSecond)] : []),
    ...(depth !== null && depth > 0 && depth !== dead ? [`${depth.toLocaleString('en')} wait`] : []),
  ];
  return parts.length === 0 ? STATES[state].word : parts.join(' · ');
}

/** At a way: its rate, and what is the matter. */
export function wayText({ perSecond, p95Ms, errorShare, isUsed }: FlowEdge): string {
  if (isUsed === false) return 'never used';
  const parts = [perSecond === null ? '' : rateText(perSecond), p95Ms === null ? '' : `p95 ${spanText(p95Ms)}`, errorShare === null || errorShare === 0 ? '' : `${shareText(errorShare)} errors`];
  return parts.filter((part) => part !== '').join(' · ');
}

/** On the map: all of it at a way that one has asked for, where there is room; else what matters most. */
export function labelText(edge: FlowEdge, isNear: boolean, isShort: boolean): string {
  if (isNear && !isShort) return wayText(edge);
  if (edge.isUsed === false) return '∅';
  if (isFailing(edge)) return shareText(edge.errorShare ?? 0) + (isShort ? '' : ' errors');
  return rateText(edge.perSecond ?? 0);
}

export function isFailing({ errorShare }: Pick<FlowEdge, 'errorShare'>): boolean {
  return errorShare !== null && errorShare >= 0.05;
}
