// The receiver's page for a person: a plain table, new every few seconds, without scripts and styles. Pure.
import type { Received } from './receiver.http.ts';

const ESCAPED: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const COLUMNS = ['received', 'event', 'about', 'message', 'time', 'signature', 'answered'];

export function receivedPage(received: readonly Received[]): string {
  const rows = received.map(({ receivedAt, event, subject, messageId, time, signature, answer }) => row('td', [receivedAt, event, subject ?? '', messageId, String(time), signature, String(answer)]));
  const body = rows.length === 0 ? '<p>Nothing came yet: place an order.</p>' : `<table border="1" cellpadding="4">${row('th', COLUMNS)}${rows.join('')}</table>`;
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="3"><title>Your receiver</title><h1>Your receiver</h1><p>Webhooks come to POST /hook, and are checked with the secret of their endpoint. The last 200 are shown, the newest first.</p>${body}</html>`;
}

function row(tag: 'td' | 'th', cells: readonly string[]): string {
  return `<tr>${cells.map((cell) => `<${tag}>${cell.replace(/[&<>"']/g, (character) => ESCAPED[character] ?? '')}</${tag}>`).join('')}</tr>`;
}
