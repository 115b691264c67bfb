/**
 * Everything that can go wrong in a simulation, in one table. A run of a hundred seeds or more in which one of these never took effect
 * is red: what was not met was not tested. It counts where it takes effect: a late message when it comes, a clogged part when somebody
 * is held up by it, an answer that is lost when somebody waits for it.
 *
 * `rate`: how often it happens where it can, in a seed that has it. Each seed has some kinds, so that some are seen alone and some
 * together. A crash happens at most once for each time that it is armed.
 */
export interface FaultKind {
  readonly rate: number;
  readonly meaning: string;
}

/** What may go wrong at any time. */
export const FAULTS = {
  'bus.throttled': { rate: 0.3, meaning: 'PutEvents is turned down as a whole' },
  'bus.partial': { rate: 0.3, meaning: 'PutEvents takes some of its entries' },
  'bus.error_after': { rate: 0.2, meaning: 'PutEvents answers 5xx after it has taken all' },
  'bus.reset': { rate: 0.2, meaning: 'the connection breaks before the bus has anything' },
  'bus.hang': { rate: 0.1, meaning: 'PutEvents never answers, and the call is given up' },
  'queue.duplicate': { rate: 0.3, meaning: 'the queue hands a message out twice' },
  'queue.reordered': { rate: 0.4, meaning: 'a message is overtaken by later ones' },
  'queue.late': { rate: 0.1, meaning: 'a message comes minutes later' },
  'queue.receive_failed': { rate: 0.2, meaning: 'a receive fails' },
  'queue.receive_lost': { rate: 0.15, meaning: 'messages are handed out, and the answer is lost' },
  'queue.delete_failed': { rate: 0.3, meaning: 'a delete fails' },
  'queue.delete_partial': { rate: 0.3, meaning: 'a delete takes some of its entries' },
  'queue.delete_lost': { rate: 0.2, meaning: 'a delete is said to be done, and the message comes again' },
  'queue.beat_failed': { rate: 0.3, meaning: 'an extension of the invisibility fails' },
  'http.request_lost': { rate: 0.15, meaning: 'a request to Order Fulfillment never arrives' },
  'http.answer_lost': { rate: 0.15, meaning: 'its answer never arrives' },
  'http.late': { rate: 0.1, meaning: 'a request arrives when its caller has given up' },
  'http.not_sent': { rate: 0.1, meaning: 'no connection to Order Fulfillment' },
  'http.unavailable': { rate: 0.15, meaning: 'it answers 503 with Retry-After' },
  'http.garbage': { rate: 0.1, meaning: 'a proxy answers 200 with HTML' },
  'issuer.down': { rate: 0.4, meaning: 'the issuer gives no token' },
  'issuer.rotated': { rate: 0.1, meaning: 'tokens that are out count no more' },
  'lms.request_lost': { rate: 0.2, meaning: 'a call to the LMS never arrives' },
  'lms.answer_lost': { rate: 0.2, meaning: 'its answer never arrives' },
  'lms.late': { rate: 0.1, meaning: 'a call arrives at the LMS when its caller has given up' },
  'lms.error': { rate: 0.2, meaning: 'the LMS answers 500' },
  'lms.callback_lost': { rate: 0.3, meaning: 'the LMS does not tell by itself' },
  'lms.callback_twice': { rate: 0.3, meaning: 'the LMS tells twice' },
  'payments.request_lost': { rate: 0.15, meaning: 'a call to the payment provider never arrives' },
  'payments.answer_lost': { rate: 0.15, meaning: 'its answer never arrives' },
  'payments.late': { rate: 0.1, meaning: 'a call arrives at the payment provider when its caller has given up' },
  'payments.webhook_twice': { rate: 0.3, meaning: 'the payment provider tells twice' },
  'payments.webhook_late': { rate: 0.3, meaning: 'the payment provider tells minutes later' },
  'payments.dispute_won': { rate: 0.7, meaning: 'a customer disputes a payment, and the money stays' },
  'payments.dispute_lost': { rate: 0.7, meaning: 'a customer disputes a payment, and the money goes' },
  'payments.refund_failed': { rate: 0.9, meaning: 'money that was given back does not reach the customer' },
  'receiver.error': { rate: 0.3, meaning: 'a receiver of webhooks answers 500' },
  'receiver.hang': { rate: 0.1, meaning: 'a receiver never answers' },
  'receiver.answer_lost': { rate: 0.2, meaning: 'a receiver takes a webhook, and its answer is lost' },
  'receiver.busy': { rate: 0.2, meaning: 'a receiver answers 429 with Retry-After' },
  'receiver.gone': { rate: 0.02, meaning: 'a receiver answers 410' },
  'cc.db.refused': { rate: 0.05, meaning: 'a commit of Commerce Coordinator fails' },
  'cc.db.unknown': { rate: 0.05, meaning: 'a commit of Commerce Coordinator is done, and its answer is lost' },
  'cc.db.slow': { rate: 0.05, meaning: 'a transaction of Commerce Coordinator takes longer than the visibility timeout' },
  'of.db.refused': { rate: 0.05, meaning: 'a commit of Order Fulfillment fails' },
  'of.db.unknown': { rate: 0.05, meaning: 'a commit of Order Fulfillment is done, and its answer is lost' },
  'handler.throws': { rate: 0.03, meaning: 'a decision throws' },
  'client.repeats': { rate: 0.4, meaning: 'a client that was answered places its order again under its key' },
  'client.reuses': { rate: 0.3, meaning: 'a client sends another order under a used key' },
  'clocks.differ': { rate: 1, meaning: 'the clocks of both services differ, by 50 s at most' },
  'poison.malformed': { rate: 0.5, meaning: 'a message is no JSON' },
  'poison.not_accepted': { rate: 0.5, meaning: 'a message tells an event that is not taken from outside' },
  'poison.invalid': { rate: 0.5, meaning: 'a message does not fit its schema' },
  'poison.conflict': { rate: 0.5, meaning: 'a message has a known id with another content' },
} as const satisfies Readonly<Record<string, FaultKind>>;

export type Fault = keyof typeof FAULTS;

/** What may be clogged for a while: nothing goes through, and nothing is said. */
export const CLOGS = ['cc.db', 'of.db', 'bus', 'queue', 'http', 'issuer', 'receiver', 'payments', 'lms'] as const;
export type Clog = (typeof CLOGS)[number];

/** Where a process may die: points of the production code by their names there, and what the engine does around them. */
export const CRASHES = {
  'cc.before_commit': 'decided, not committed',
  'cc.after_commit': 'committed, nobody told',
  'cc.before_call': 'an effect is about to call',
  'cc.after_call': 'an effect was answered, nothing is written',
  'cc.order_committed': 'an order is kept, its client has no answer',
  'cc.webhook_leased': 'a webhook is leased, not sent',
  'cc.webhook_answered': 'a webhook was taken, that is not written',
  'of.before_commit': 'decided, not committed',
  'of.after_commit': 'committed, nobody told',
  'of.before_call': 'an effect is about to call',
  'of.after_call': 'an effect was answered, nothing is written',
  'consumer.received': 'in production code: messages are in hand',
  'consumer.appended': 'in production code: events are in the log, their messages not deleted',
  'consumer.refused': 'in production code: a refusal is kept',
  'consumer.deleted': 'in production code: messages are deleted',
  'publisher.claimed': 'in production code: events are read, not sent',
  'publisher.sent': 'in production code: the bus has answered, the cursor has not moved',
  'accept.asked': 'in production code: a request is judged, not kept',
  'accept.committed': 'in production code: a request is kept, not answered',
  'ask.answered': 'in production code: providers have answered, nothing is written',
} as const;

export type Crash = keyof typeof CRASHES;

/** All names that must be met. */
export const ALL_FAULTS: readonly string[] = [...Object.keys(FAULTS), ...CLOGS.map((clog) => `clog.${clog}`), ...Object.keys(CRASHES).map((crash) => `crash.${crash}`)];
