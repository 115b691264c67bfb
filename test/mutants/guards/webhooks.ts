/** The guards of webhooks that are sent: where they go, how often, by whom, and how long one is waited for. */
import type { Mutant } from '../mutant.ts';
import { unit } from './killers.ts';

const SRC = 'services/commerce-coordinator/src/extensions/webhooks';

export const WEBHOOK_MUTANTS: readonly Mutant[] = [
  {
    name: 'address-literal', guard: 'an address that is written out and not public is not dialled',
    edits: [{ file: `${SRC}/address-guard/address-guard.http.ts`, from: "if (isIP(host) !== 0 && !mayDial(host)) throw new AddressRefused('not_public');", to: "if (host === '') throw new AddressRefused('not_public');" }],
    killers: [unit(`${SRC}/address-guard/address-guard.test.ts`)],
  },
  {
    name: 'address-resolved', guard: 'a name that stands for an address that is not public is not dialled',
    edits: [{ file: `${SRC}/address-guard/address-guard.http.ts`, from: 'if (found.length === 0 || !found.every(({ address }) => mayDial(address))) throw', to: 'if (found.length === 0) throw' }],
    killers: [unit(`${SRC}/address-guard/address-guard.test.ts`)],
  },
  {
    name: 'address-each', guard: 'each address of a name is judged, not one of them',
    edits: [{ file: `${SRC}/address-guard/address-guard.http.ts`, from: '!found.every(({ address }) => mayDial(address))', to: '!found.some(({ address }) => mayDial(address))' }],
    killers: [unit(`${SRC}/address-guard/address-guard.test.ts`)],
  },
  {
    name: 'address-pinned', guard: 'the socket goes to an address that was judged, whatever the name means a moment later',
    edits: [{ file: `${SRC}/address-guard/address-guard.http.ts`, from: 'buildConnector({ lookup, timeout', to: 'buildConnector({ timeout' }],
    killers: [unit(`${SRC}/address-guard/address-guard.test.ts`)],
  },
  {
    name: 'address-embedded', guard: 'an IPv4 address that hides in an IPv6 one is judged as itself',
    edits: [{ file: `${SRC}/address-guard/networks.ts`, from: 'const plain = embeddedIn(address) ?? address;\n  if (isIP(plain)', to: 'const plain = address;\n  if (isIP(plain)' }],
    killers: [unit(`${SRC}/address-guard/address-guard.test.ts`)],
  },
  {
    name: 'answer-ambiguous', guard: 'an answer that tells a length and comes in chunks is a failure',
    edits: [{ file: `${SRC}/delivery/answer-head.ts`, from: "(encoding !== 'chunked' || length !== undefined)", to: "encoding !== 'chunked'" }],
    killers: [unit(`${SRC}/delivery/connections.test.ts`)],
  },
  {
    name: 'answer-surplus', guard: 'a connection with more on it than the answer is not used again',
    edits: [{ file: `${SRC}/delivery/connections.http.ts`, from: "else this.#end(state === 'end');", to: 'else this.#end(true);' }],
    killers: [unit(`${SRC}/delivery/connections.test.ts`)],
  },
  {
    name: 'answer-framing', guard: 'the framing of an answer is bounded',
    edits: [{ file: `${SRC}/delivery/answer-body.ts`, from: "if (this.#framing > MOST_FRAMING) return 'long';", to: "if (this.#framing < 0) return 'long';" }],
    killers: [unit(`${SRC}/delivery/connections.test.ts`)],
  },
  {
    name: 'header-injected', guard: 'a header stays one header',
    edits: [{ file: `${SRC}/delivery/sender.http.ts`, from: '!isHeader(name, value)', to: "name === ''" }],
    killers: [unit(`${SRC}/delivery/sender.test.ts`, 'a header that would not stay one is not sent')],
  },
  {
    name: 'redirect-delivered', guard: 'a redirect is no delivery',
    edits: [{ file: `${SRC}/delivery/retry.ts`, from: 'status >= 200 && status < 300;', to: 'status >= 200 && status < 400;' }],
    killers: [unit(`${SRC}/delivery/rules.test.ts`, 'only an answer of the 200s that came to its end is a delivery')],
  },
  {
    name: 'answer-bytes', guard: 'of an answer without end a bounded part is read',
    edits: [{ file: `${SRC}/delivery/sender.http.ts`, from: 'if (this.#bytes > MOST_ANSWER_BYTES) this.end(this.#status, null);', to: 'if (this.#bytes < 0) this.end(this.#status, null);' }],
    killers: [unit(`${SRC}/delivery.test.ts`, 'F22: endpoints that hang, drip, redirect, reset')],
  },
  {
    name: 'answer-time', guard: 'an attempt ends within the time of its endpoint',
    edits: [{ file: `${SRC}/delivery/sender.http.ts`, from: 'within ${timeoutMs} ms`), timeoutMs);', to: 'within ${timeoutMs} ms`), 20 * timeoutMs + 5_000);' }],
    killers: [unit(`${SRC}/delivery.test.ts`, 'F22: endpoints that hang, drip, redirect, reset')],
  },
  {
    name: 'webhook-attempts', guard: 'a delivery has so many attempts and no more',
    edits: [{ file: `${SRC}/delivery/retry.ts`, from: 'if (isGone(made) || inSeries >= retryAttempts)', to: 'if (isGone(made))' }],
    killers: [unit(`${SRC}/delivery.test.ts`, 'what is exhausted is kept as dead, and its endpoint stays enabled')],
  },
  {
    name: 'webhook-gone', guard: 'an endpoint that says it is gone is not asked again',
    edits: [{ file: `${SRC}/delivery/retry.ts`, from: 'return status === 410;', to: 'return status === 999;' }],
    killers: [unit(`${SRC}/delivery.test.ts`, 'F22: 410 disables the endpoint at once')],
  },
  {
    name: 'webhook-wait', guard: 'an endpoint that asks to wait is waited for',
    edits: [{ file: `${SRC}/delivery/retry.ts`, from: 'return Math.round(Math.max(planned, retryAfterMs ?? 0));', to: 'return Math.round(planned);' }],
    killers: [unit(`${SRC}/delivery/rules.test.ts`, 'is at least what the endpoint asks for, up to an hour')],
  },
  {
    name: 'webhook-lease', guard: 'only who holds the lease of a delivery ends it',
    edits: [{ file: `${SRC}/deliveries.pg.ts`, from: "d.state = r.leased AND d.lease_holder = r.holder\n       RETURNING", to: "d.state = r.leased AND r.holder IS NOT NULL\n       RETURNING" }],
    killers: [unit(`${SRC}/written.test.ts`, 'only who holds a lease ends it')],
  },
  {
    name: 'webhook-in-turn', guard: 'where an endpoint wants it, one of an order goes at a time, in the order of its events',
    edits: [{ file: `${SRC}/deliveries.pg.ts`, from: 'AND NOT (ordered AND EXISTS (', to: 'AND NOT (false AND EXISTS (' }],
    killers: [unit(`${SRC}/written.test.ts`, 'behind one that is under way')],
  },
  {
    name: 'webhook-secret-owner', guard: 'a sealed secret opens for its endpoint alone',
    edits: [
      { file: `${SRC}/secrets.ts`, from: "createCipheriv('aes-256-gcm', newestKey, nonce).setAAD(Buffer.from(endpointId));", to: "createCipheriv('aes-256-gcm', newestKey, nonce);" },
      { file: `${SRC}/secrets.ts`, from: 'sealed.subarray(nonceAt, nonceAt + NONCE_BYTES)).setAAD(Buffer.from(endpointId));', to: 'sealed.subarray(nonceAt, nonceAt + NONCE_BYTES));' },
    ],
    killers: [unit(`${SRC}/secrets.test.ts`, 'open for their endpoint alone, and show nothing')],
  },
  {
    name: 'webhook-secret-ends', guard: 'a secret that was changed signs for its overlap and no longer',
    edits: [{ file: `${SRC}/secrets.ts`, from: 'expiresAt === null || Date.parse(expiresAt) > nowMs);', to: 'expiresAt === null || Date.parse(expiresAt) + nowMs > 0);' }],
    killers: [unit(`${SRC}/secrets.test.ts`, 'signs along for 24 hours after it was changed, to the millisecond')],
  },
  {
    name: 'webhook-owner', guard: 'a webhook of somebody else is answered as one that is not there',
    edits: [{ file: `${SRC}/webhooks.http.ts`, from: 'if (found === undefined || !maySee(found.endpoint, askingOf(request))) throw', to: 'if (found === undefined) throw' }],
    killers: [unit(`${SRC}/registration.test.ts`, 'S38: of somebody else is answered as one that is not there')],
  },
  {
    name: 'webhook-claim', guard: 'an ending ends the lease of its own claim, no later one',
    edits: [{ file: `${SRC}/deliveries.pg.ts`, from: 'd.delivery_id = r.delivery_id AND d.claims = r.claims AND', to: 'd.delivery_id = r.delivery_id AND' }],
    killers: [unit(`${SRC}/ended-again.test.ts`, 'An ending that is written again ends no later lease')],
  },
  {
    name: 'webhook-dispute', guard: 'while its payment is disputed an order is told as on hold, also when the fulfilling side takes it on',
    edits: [{ file: 'packages/events/src/webhook-order.ts', from: "isDisputed === true && next === 'fulfilling' && DISPUTED", to: "isDisputed === true && next === 'created' && DISPUTED" }],
    killers: [unit('services/commerce-coordinator/src/extensions/orders/told-standing.test.ts', 'a dispute holds an order on')],
  },
  {
    name: 'written-not-handed-over', guard: 'of what may be written already nothing is handed over for sending',
    edits: [{ file: `${SRC}/fan-out.pg.ts`, from: 'const room = looks ? undefined : dispatcher?.room();', to: 'const room = dispatcher?.room();' }],
    killers: [unit(`${SRC}/written.test.ts`)],
  },
];
