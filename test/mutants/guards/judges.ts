/** The rules by which the simulation and the model of the saga are judged: one that is deleted lets pass whatever it was for. */
import type { Mutant } from '../mutant.ts';
import { unit } from './killers.ts';

const RULES = 'services/commerce-coordinator/src/saga-model/rules.ts';
const RULES_TEST = 'services/commerce-coordinator/src/saga-model/rules.test.ts';
const SIMULATION = 'test/simulation';
const WITNESSES = `${SIMULATION}/witnesses.test.ts`;

/** A condition that never holds. */
const NEVER = 'if (Number.isNaN(0)) ';

/** The rule that asks this is not asked. */
function unasked(file: string, condition: string): Mutant['edits'] {
  return [{ file, from: `if (${condition}) `, to: NEVER }];
}

/** Nothing of what the rule goes through is looked at. */
function unseen(file: string, each: string, of: string): Mutant['edits'] {
  return [{ file, from: `for (const ${each} of ${of}) `, to: `for (const ${each} of [...${of}].slice(0, 0)) ` }];
}

/** A rule of the saga: `finds` is the test that shows it what it must not let pass. */
function ofSaga(name: string, finds: string, edits: Mutant['edits']): Mutant {
  return { name: `judge-${name}`, guard: `the saga is judged: ${finds} is found`, edits, killers: [unit(RULES_TEST, finds)] };
}

/** A rule of the simulation alone. */
function ofSimulation(name: string, guard: string, edits: Mutant['edits'], test: string): Mutant {
  return { name: `judge-${name}`, guard: `the simulation is judged: ${guard}`, edits, killers: [unit(WITNESSES, test)] };
}

const SAGA: readonly Mutant[] = [
  ofSaga('watched', 'an order for which nothing is due', unasked(RULES, '!this.#isWatched(order)')),
  ofSaga('watched-on-hold', 'an order for which nothing is due', [{ file: RULES, from: "if (order.status !== 'on_hold') return false;", to: "if (order.status === 'on_hold') return true;" }]),
  ofSaga('owed', 'a refund that is owed and not begun', unasked(RULES, "!isUnderWay && !this.#hasToHear('payments', orderId)")),
  ofSaga('owed-which', 'a refund that is owed while another one is under way', [{ file: RULES, from: ' && (job.event.data as { refundId?: string }).refundId === refundId);', to: ');' }]),
  ofSaga('owed-duplicate', 'a duplicate that is owed and not given back', [{ file: RULES, from: '...payment.duplicates.filter(({ isDone }) => !isDone)', to: '...payment.duplicates.slice(0, 0)' }]),
  ofSaga('held', 'a refund that is held for no dispute', unasked(RULES, 'payment.refunds.some(({ isHeld }) => isHeld) && !isDisputed(payment)')),
  ofSaga('kept', 'more money given back than taken', unasked(RULES, 'this.#world.provider.kept(orderId) < 0n')),
  ofSaga('stock-room', 'more set aside than there is', unasked(RULES, 'reserved < 0 || reserved > onHand')),
  ofSaga('stock-sum', 'pieces that came from nowhere', unasked(RULES, "onHand !== told - inStatus('delivered', 'shipped', 'returned')")),
  ofSaga('stock-held', 'pieces that are set aside for nobody', unasked(RULES, "reserved !== inStatus('held', 'releasing')")),
  ofSaga('row-told', 'a row that is not as the log tells', unasked(RULES, '!isDeepStrictEqual(told, kept)')),
  ofSaga('moves', 'a move that the table does not have', unasked(RULES, 'from !== to && !follows(from).includes(to) && !follows(from).flatMap(follows).includes(to)')),
  ofSaga('asked-ending', 'a call for an order that is to end', unasked(RULES, 'this.#world.tables.isEnding(orderId)')),
  ofSaga('cancel-reached', 'a cancel that has reached nobody', unasked(RULES, '!isKnown')),
  ofSaga('charged-early', 'money that is taken before there is stock', unasked(RULES, "!this.#types(orderId).includes('InventoryReserved')")),
  ofSaga('requested-early', 'a request before the money', unasked(RULES, "!this.#types(orderId).includes('PaymentProcessed')")),
  ofSaga('sequence', 'a sequence that comes again', unasked(RULES, 'sequence <= last')),
  ofSaga('history-needs', 'an event without what must stand before it', [{ file: 'services/commerce-coordinator/src/saga-model/history.ts', from: '(NEEDS[type] ?? [])', to: '[]' }]),
  ofSaga('history-once', 'an event that an order has once', [{ file: 'services/commerce-coordinator/src/saga-model/history.ts', from: 'ONCE.filter((row) => row.includes(type))', to: 'ONCE.slice(0, 0)' }]),
  ofSaga('cancelled-kept', 'an order that is called cancelled while its money is kept', unasked(RULES, 'taken !== back')),
  ofSaga('outcome-heard', 'an outcome that had arrived and was not heard', [{ file: RULES, from: "(data as { difference?: string }).difference === 'outcome_missed'", to: "(data as { difference?: string }).difference === 'never'" }]),
  ofSaga('webhook-known', 'a webhook of the provider that nobody knows', unasked(RULES, "verdict !== 'illegal'")),
  ofSaga('compared-applied', 'what is found by comparing and cannot be applied', unasked(RULES, '!expected')),
  ofSaga('left-work', 'work that is left', unseen(RULES, '{ job, kept }', 'reader.jobs')),
  ofSaga('left-parked', 'an event that is left parked', unseen(RULES, '[subject, rows]', 'reader.parked')),
  ofSaga('left-unread', 'an event that nobody has handled', unseen(RULES, 'subject', 'reader.unread()')),
  ofSaga('left-timer', 'a timer that is left', unseen(RULES, 'key', 'reader.timers.keys()')),
  ofSaga('left-stock', 'stock that is still set aside', unasked(RULES, 'reserved !== 0')),
  ofSaga('closed', 'an order that has not come to its end', unasked(RULES, '!CLOSED_STATUSES.includes(order.status)')),
  ofSaga('money-most', 'money that is kept for nothing', [{ file: RULES, from: 'if (kept > due || kept <', to: 'if (kept <' }]),
  ofSaga('money-least', 'money that went back though it was due', [{ file: RULES, from: 'if (kept > due || kept < (least < 0n ? 0n : least))', to: 'if (kept > due)' }]),
  ofSaga('emptied', 'an order that stands when all of its money went back by hand', unasked(RULES, "this.#emptiedByHand.has(orderId) && due > 0n && order.status !== 'cancelled' && order.status !== 'refunded'")),
  ofSaga('cancelled-delivered', 'a cancelled order that stands delivered', unasked(RULES, 'isCancelled && unwanted.length > 0')),
  ofSaga('delivered-twice', 'an order that is delivered by two fulfillments', [{ file: RULES, from: "some(({ status }) => status === 'fulfilled')).length > 1)", to: "some(({ status }) => status === 'fulfilled')).length > 9)" }]),
  ofSaga('stock-delivered', 'stock that is gone for a line that is not delivered', unasked(RULES, 'isCounted && !isCancelled && isGone !== delivered.includes(lineId) && !this.#isOnItsWayBack(orderId, lineId)')),
  ofSaga('parcel-back', 'a parcel that is counted before it came back', unseen(RULES, '{ lineId }', 'returned')),
  ofSaga('cancel-ends', 'a cancel without an end', unasked(RULES, 'requested && ended !== 1')),
  ofSaga('told-completed', 'a completed order of which nobody was told', unasked(RULES, "order.status === 'completed' && !types.includes('OrderCompleted')")),
  ofSaga('told-refunded', 'a refunded order of which nobody was told', unasked(RULES, "order.status === 'refunded' && !types.includes('OrderRefunded')")),
  ofSaga('told-cancelled', 'a cancelled order of which nobody was told', unasked(RULES, "isCancelled && !types.includes('OrderCancelled')")),
  ofSaga('told-taken', 'money that was taken and not told', unasked(RULES, "amounts('PaymentProcessed') !== taken")),
  ofSaga('told-back', 'money that was given back and not told', unasked(RULES, "amounts('PaymentRefunded') !== back")),
  ofSaga('paid-again-back', 'money that was paid once more and kept', unasked(RULES, 'givenBack.size !== 1')),
  ofSaga('paid-again-told', 'money that was paid once more and not told', unasked(RULES, 'amounts(type) !== amount')),
  ofSaga('failed-told', 'a refund that failed and was not told', unasked(RULES, 'times > failures || (failures > 0 && times === 0)')),
  ofSaga('failed-paid', 'a refund that failed and that nobody has paid', unasked(RULES, 'hasFailed')),
  ofSaga('deadline', 'a deadline that has passed, and none that has not', [{ file: RULES, from: 'return isOver ? [', to: 'return isOver && order.overdue < 0 ? [' }]),
];

const GIVEN_UP_FOR_NOTHING = 'are found out when what was given up is given up again though nothing goes wrong';
const BOOKS_DIFFER = 'is found out when its rows and the books of its providers differ';
const CARRIED_TWICE = 'is found out when a line is carried out twice, or stands delivered twice';
const PLANNED_UNWANTED = 'is found out when something is planned that is not wanted: of no event, of another type, of another order';
const AT_THE_END = 'is found out at the end when a webhook is left, is called delivered and never came, or was given up too early';
const MIS_CARRIED = 'is found out when a bus misses an event, or has one that is not told outside';

const OF_SIMULATION: readonly Mutant[] = [
  ofSimulation('in-time', 'what is due is done in time', unasked(`${SIMULATION}/timely.ts`, 'nowMs - since > WITHIN_MS + moreMs'), 'is told when it stands there for too long'),
  ofSimulation('in-time-asked', 'readers are asked whether they go on', [{ file: `${SIMULATION}/cluster.ts`, from: 'this.#timely.cc.look([...this.#reading.cc.due(), ...overdue], isUp.cc, kernel.nowMs);', to: '' }], 'are found out when a reader stops'),
  ofSimulation('given-up', 'what a person tries again is not given up once more', unasked(`${SIMULATION}/cluster.ts`, 'times > MOST_TRIES_BY_HAND && name !== PAID_FIRST'), GIVEN_UP_FOR_NOTHING),
  ofSimulation('books-stand', 'what stands delivered is in the books of its provider', unasked(`${SIMULATION}/fulfilling.ts`, "entry.stands !== (status === 'fulfilled')"), BOOKS_DIFFER),
  ofSimulation('books-which', 'it is in the book of its own provider', unasked(`${SIMULATION}/fulfilling.ts`, "provider === 'lms' ? entry.book === 'own' : entry.book === 'lms'"), BOOKS_DIFFER),
  ofSimulation('books-more', 'no provider has more than was asked for', unseen(`${SIMULATION}/fulfilling.ts`, '[key, { says }]', 'books'), BOOKS_DIFFER),
  ofSimulation('carried-out', 'no line is carried out twice', unasked(`${SIMULATION}/fulfilling.ts`, 'effects > 1'), CARRIED_TWICE),
  ofSimulation('stands-twice', 'no line stands delivered twice', unasked(`${SIMULATION}/fulfilling.ts`, 'times > 1'), CARRIED_TWICE),
  ofSimulation('of-sequence', 'no version of a fulfillment is left out', [{ file: `${SIMULATION}/fulfilling.ts`, from: 'if (sequence !== last + 1) this', to: `${NEVER}this` }], 'is found out when it leaves out a version'),
  ofSimulation('cc-sequence', 'no version of an order is left out', unasked(`${SIMULATION}/cluster.ts`, 'sequence > last + 1'), 'are found out when an order leaves out a version'),
  ofSimulation('settled-known', 'what one side has settled the other one knows', unasked(`${SIMULATION}/cluster.ts`, 'isSettled && known?.fulfillmentId === fulfillmentId && known.toldVersion < version'), 'are found out when one does not know what the other has settled'),
  ofSimulation('unknown-order', 'the fulfilling side has nothing that nobody has placed', [{ file: `${SIMULATION}/cluster.ts`, from: '.filter(({ orderId }) => !this.world.tables.orders.has(orderId))', to: '.slice(0, 0)' }], 'are found out when one has what nobody has asked the other for'),
  ofSimulation('bus-missing', 'every event that is told outside has reached its bus', [{ file: `${SIMULATION}/carried.ts`, from: 'isToTell(event) && !taken.has(event.eventId)', to: "isToTell(event) && event.type === ''" }], MIS_CARRIED),
  ofSimulation('bus-untold', 'nothing else has', [{ file: `${SIMULATION}/carried.ts`, from: '!isToTell(event) && taken.has(event.eventId)', to: "!isToTell(event) && event.type === ''" }], MIS_CARRIED),
  ofSimulation('poison-dead', 'what cannot be taken ends among the dead', unasked(`${SIMULATION}/poison.ts`, '!dead.some((message) => message.body === body)'), 'is found out when poison is not given up, and when something else is given up too early'),
  ofSimulation('poison-early', 'nothing else is given up before its tries are used up', unasked(`${SIMULATION}/poison.ts`, '!isPoison && receiveCount < 5'), 'is found out when poison is not given up, and when something else is given up too early'),
  ofSimulation('poison-reason', 'what cannot be taken has its reason', unasked(`${SIMULATION}/poison.ts`, 'isPoison && !this.#reasons.has(id) && hands.some(({ couldBeJudged }) => couldBeJudged)'), 'is found out when a message that was given up has no reason'),
  ofSimulation('poison-later-death', 'a death excuses the delivery that it ended, and no earlier one', [{ file: `${SIMULATION}/poison.ts`, from: 'hands.some(({ couldBeJudged }) => couldBeJudged)', to: 'hands.some(({ couldBeJudged, process }) => couldBeJudged && process.isAlive)' }], 'is not excused by a death that came later'),
  ofSimulation('queue-in-hand', 'what is in hand does not come again', unasked(`${SIMULATION}/queue.ts`, 'message.inHand?.() === true'), 'is found out when a message comes again while it is in hand'),
  ofSimulation('webhook-again', 'a webhook that was answered does not come again', unasked(`${SIMULATION}/webhooks.ts`, 'known !== -1'), 'is found out when a webhook comes again though it was answered'),
  ofSimulation('webhook-bytes', 'a webhook comes with the same bytes', unasked(`${SIMULATION}/webhooks.ts`, 'comings.some((coming) => !coming.body.equals(body))'), 'is found out when a webhook comes with other bytes'),
  ofSimulation('webhook-over', 'every webhook comes to an end', unasked(`${SIMULATION}/webhooks.ts`, '!isOver'), AT_THE_END),
  ofSimulation('webhook-came', 'what is called delivered came', unasked(`${SIMULATION}/webhooks.ts`, "state === 'delivered' && comings.length === 0"), AT_THE_END),
  ofSimulation('webhook-early', 'no webhook is given up before its attempts are used up', [{ file: `${SIMULATION}/webhooks.ts`, from: "if (state === 'dead' && !this.#disabled.has(endpointId) && attempt <", to: "if (state === 'dead' && !this.#disabled.has(endpointId) && attempt < 0 *" }], AT_THE_END),
  ofSimulation('webhook-planned', 'what is wanted is planned', unasked(`${SIMULATION}/webhooks.ts`, '!this.#known.has(pair)'), 'is found out when nothing is planned, for each of those who want it and for no other'),
  ofSimulation('webhook-unwanted', 'what is not wanted is not planned', unasked(`${SIMULATION}/webhooks.ts`, '!wanted.has(pair)'), PLANNED_UNWANTED),
  ofSimulation('webhook-filter', 'a filter is looked at', [{ file: `${SIMULATION}/webhooks.ts`, from: 'TOLD_TO_LEDGER.has(type) && isOdd ?', to: 'TOLD_TO_LEDGER.has(type) ?' }], PLANNED_UNWANTED),
  ofSimulation('intake-row', 'an order that was accepted has its row', [{ file: `${SIMULATION}/clients.ts`, from: 'if (placed === undefined) return [`', to: 'if (placed === undefined) return told.orderId.length > 0 ? [] : [`' }], 'misses an order that has no row'),
  ofSimulation('intake-log', 'an order that was accepted stands in the log', [{ file: `${SIMULATION}/clients.ts`, from: ".some(({ type }) => type === 'OrderCreated') ? []", to: ".every(({ type }) => type !== '') ? []" }], 'misses an order that has no row'),
  ofSimulation('intake-asked', 'no order is there that nobody asked for', unasked(`${SIMULATION}/clients.ts`, 'wish?.isAsked !== true'), 'tells of orders that nobody asked for'),
  ofSimulation('intake-twice', 'no order is there twice', unasked(`${SIMULATION}/clients.ts`, 'isSecond'), 'tells of orders that nobody asked for'),
  ofSimulation('intake-lines', 'an order has the lines that were asked for', [{ file: `${SIMULATION}/clients.ts`, from: 'return isDeepStrictEqual(lines(placed.lines), lines(wish.form.lines)) ? []', to: 'return lines.length === 1 ? []' }], 'tells of orders that nobody asked for'),
  ofSimulation('intake-told', 'an order is the one that its client was told of', unasked(`${SIMULATION}/clients.ts`, 'wish.told === undefined ? isOver : wish.told.orderId !== orderId'), 'tells of an order that it was never told of'),
  ofSimulation('intake-refused', 'what can be taken is not refused', [{ file: `${SIMULATION}/clients.ts`, from: '=> this.#world.rules.break(`intake: the order of ${key} is refused', to: '=> void (`intake: the order of ${key} is refused' }], 'is not content with a refusal of what can be taken'),
  ofSimulation('faults-met', 'a fault that was never met makes a run red', [{ file: `${SIMULATION}/summary.ts`, from: 'return this.failed > 0 || this.#missing.length > 0;', to: 'return this.failed > 0;' }], 'A run is red when a seed broke a rule, and when a fault of the table was never met'),
];

export const JUDGE_MUTANTS: readonly Mutant[] = [...SAGA, ...OF_SIMULATION];
