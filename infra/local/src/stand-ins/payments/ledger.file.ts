// What the payment stand-in remembers: charges, refunds, and which webhooks are owed. Everything is held in memory too: a stand-in's size.
import { LedgerLines } from '../ledger-lines.file.ts';
import { cents, formatCents, hasFailed, statusOf } from './charges.ts';
import type { Charge, Refund } from './charges.ts';

type Line = { readonly charge: Charge } | { readonly refund: Refund } | { readonly tell: string } | { readonly told: string };

/** Something in memory; `durable` settles when its line is on disk. */
export type Kept<Thing> = { readonly thing: Thing; readonly durable: Promise<void> };

/** The money of one order at this provider. Decimal strings. */
export type OrderMoney = { orderId: string; currency: string; charges: number; charged: string; refunds: number; refunded: string; kept: string };

export class Ledger {
  readonly #charges = new Map<string, Kept<Charge>>();
  readonly #chargesById = new Map<string, string>();
  readonly #refunds = new Map<string, Kept<Refund>>();
  readonly #refundsOf = new Map<string, Refund[]>();
  /** Keys of charges and refunds whose webhook is owed, and of refunds of which it is to be told that they failed. */
  readonly #untold = new Set<string>();
  readonly #lines: LedgerLines<Line>;

  private constructor(lines: LedgerLines<Line>) {
    this.#lines = lines;
  }

  /** Opens or makes the file and reads it back. */
  static async open(path: string): Promise<Ledger> {
    const { lines, before } = await LedgerLines.open<Line>(path);
    const ledger = new Ledger(lines);
    const durable = Promise.resolve();
    for (const line of before) {
      if ('charge' in line) ledger.#rememberCharge({ thing: line.charge, durable });
      else if ('refund' in line) ledger.#rememberRefund({ thing: line.refund, durable });
      else if ('tell' in line) ledger.#untold.add(line.tell);
      else ledger.#untold.delete(line.told);
    }
    return ledger;
  }

  charge(key: string): Kept<Charge> | undefined {
    return this.#charges.get(key);
  }

  refund(key: string): Kept<Refund> | undefined {
    return this.#refunds.get(key);
  }

  /** Adds a charge under a key that is new; `isTold`: a webhook is owed for it. */
  addCharge(charge: Charge, isTold: boolean): Kept<Charge> {
    if (this.#charges.has(charge.key)) throw new Error('the key is already in the ledger');
    const kept = { thing: charge, durable: this.#add({ charge }, isTold ? [`charge ${charge.key}`] : []) };
    this.#rememberCharge(kept);
    return kept;
  }

  /** Puts a charge in the place of the one with its key; `isTold`: a webhook is owed for what it is now. */
  changeCharge(charge: Charge, isTold: boolean): Kept<Charge> {
    const kept = { thing: charge, durable: this.#add({ charge }, isTold ? [`charge ${charge.key}`] : []) };
    this.#rememberCharge(kept);
    return kept;
  }

  /** By the provider's own id. */
  chargeOf(id: string): Kept<Charge> | undefined {
    const key = this.#chargesById.get(id);
    return key === undefined ? undefined : this.#charges.get(key);
  }

  /** All that began as payment intents, the oldest first. */
  intents(): Charge[] {
    return [...this.#charges.values()].map(({ thing }) => thing).filter(({ intent }) => intent !== undefined);
  }

  /** Refunds of a charge, the oldest first. */
  refundsOf(chargeKey: string): readonly Refund[] {
    return this.#refundsOf.get(chargeKey) ?? [];
  }

  addRefund(refund: Refund, isTold: boolean): Kept<Refund> {
    if (this.#refunds.has(refund.key)) throw new Error('the key is already in the ledger');
    const names = [...(isTold ? [`refund ${refund.key}`] : []), ...(refund.failsAtMs === undefined ? [] : [`failed ${refund.key}`])];
    const kept = { thing: refund, durable: this.#add({ refund }, names) };
    this.#rememberRefund(kept);
    return kept;
  }

  /** Whole minor units of a charge that are not given back, those under decision counted as given. */
  left(charge: Charge, nowMs: number): bigint {
    return this.refundsOf(charge.key).filter((refund) => !hasFailed(refund, nowMs)).reduce((rest, refund) => rest - cents(refund.amount), cents(charge.amount));
  }

  /** Notes that a webhook needs no repeat after a restart. `name`: `charge <key>`, `refund <key>` or `failed <key>`. */
  async markTold(name: string): Promise<void> {
    this.#untold.delete(name);
    await this.#lines.append({ told: name });
  }

  /** Charges and refunds whose webhook has neither been taken nor given up, and refunds of which it is to be told that they failed. */
  untold(): { charges: Charge[]; refunds: Refund[]; failed: Refund[] } {
    return {
      failed: [...this.#refunds.values()].map(({ thing }) => thing).filter(({ key }) => this.#untold.has(`failed ${key}`)),
      charges: [...this.#charges.values()].map(({ thing }) => thing).filter(({ key }) => this.#untold.has(`charge ${key}`)),
      refunds: [...this.#refunds.values()].map(({ thing }) => thing).filter(({ key }) => this.#untold.has(`refund ${key}`)),
    };
  }

  /** The money per order and currency, of one order or of all. Charges that failed or wait count as nothing taken. */
  money(nowMs: number, orderId?: string): OrderMoney[] {
    const rows = new Map<string, { orderId: string; currency: string; charges: number; charged: bigint; refunds: number; refunded: bigint }>();
    const rowOf = (of: Charge | Refund) => {
      const key = JSON.stringify([of.orderId, of.currency]);
      const row = rows.get(key) ?? { orderId: of.orderId, currency: of.currency, charges: 0, charged: 0n, refunds: 0, refunded: 0n };
      rows.set(key, row);
      return row;
    };
    for (const { thing: charge } of this.#charges.values()) {
      if ((orderId !== undefined && charge.orderId !== orderId) || statusOf(charge, nowMs) !== 'succeeded') continue;
      const row = rowOf(charge);
      row.charges += 1;
      row.charged += cents(charge.amount);
    }
    for (const { thing: refund } of this.#refunds.values()) {
      if ((orderId !== undefined && refund.orderId !== orderId) || refund.decidedAtMs > nowMs || hasFailed(refund, nowMs)) continue;
      const row = rowOf(refund);
      row.refunds += 1;
      row.refunded += cents(refund.amount);
    }
    return [...rows.values()].map((row) => ({ ...row, charged: formatCents(row.charged), refunded: formatCents(row.refunded), kept: formatCents(row.charged - row.refunded) }));
  }

  /** Waits for what is being written, then closes the file. */
  async close(): Promise<void> {
    await this.#lines.close();
  }

  #rememberCharge(kept: Kept<Charge>): void {
    const { key, id } = kept.thing;
    this.#charges.set(key, kept);
    this.#chargesById.set(id, key);
  }

  #rememberRefund(kept: Kept<Refund>): void {
    const { thing: refund } = kept;
    this.#refunds.set(refund.key, kept);
    this.#refundsOf.set(refund.chargeKey, [...(this.#refundsOf.get(refund.chargeKey) ?? []), refund]);
  }

  /** `names`: what is to be told of it. */
  #add(line: Line, names: readonly string[]): Promise<void> {
    for (const name of names) this.#untold.add(name);
    return this.#lines.append(line, ...names.map((name) => ({ tell: name })));
  }
}
