// The receiver's page for a person: a table, new every few seconds, without scripts. Pure.
import { createHash } from 'node:crypto';
import type { Received } from './receiver.http.ts';

const ESCAPED: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const COLUMNS = ['received', 'event', 'about', 'message', 'came', 'signature', 'answered'];

const STYLE = [
  ':root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:80rem;padding:0 1rem}',
  'table{border-collapse:collapse;width:100%;font-size:.875rem}th,td{text-align:left;padding:.35rem .7rem;border-bottom:1px solid #8884;overflow-wrap:anywhere}th{font-weight:600}td{font-variant-numeric:tabular-nums}',
].join('');

/** What the page may load: its own style, by its hash, and nothing else. */
export const PAGE_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`;

export function receivedPage(received: readonly Received[]): string {
  const rows = received.map(({ receivedAt, event, subject, messageId, time, signature, answer }) => row('td', [receivedAt, event, subject ?? '', messageId, time === 1 ? 'once' : `again, time ${time}`, signature, String(answer)]));
  const body = rows.length === 0 ? '<p>Nothing came yet: place an order.</p>' : `<table>${row('th', COLUMNS)}${rows.join('')}</table>`;
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="3"><title>Your receiver</title><style>${STYLE}</style><h1>Your receiver</h1><p>Webhooks come to POST /hook, and are checked with the secret of their endpoint. The last 200 are shown, the newest first.</p>${body}</html>`;
}

function row(tag: 'td' | 'th', cells: readonly string[]): string {
  return `<tr>${cells.map((cell) => `<${tag}>${cell.replace(/[&<>"']/g, (character) => ESCAPED[character] ?? '')}</${tag}>`).join('')}</tr>`;
}
