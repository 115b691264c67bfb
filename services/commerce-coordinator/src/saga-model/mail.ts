/** Calls that are on their way: each may arrive, be answered, or be lost, when and as whoever drives the model decides. */
import { NotNow } from '@commerce/fulfillment-client';
import { RetryLater } from '@commerce/event-log/extension';

interface Arrived {
  readonly answer: () => void;
}

export interface Call {
  /** For people. */
  readonly what: string;
  readonly to: 'provider' | 'fulfiller';
  /** Undefined until it has arrived. */
  arrived: Arrived | undefined;
  /** The caller waits no more: it gave up, or it died. */
  isAbandoned: boolean;
  readonly arrive: () => Arrived;
  /** The caller is told that nobody knows. */
  readonly giveUp: () => void;
}

export class Mail {
  calls: Call[] = [];

  /** Sends. `effect` takes place at the other side when the call arrives; what it throws is its refusal. */
  send<Result>(what: string, to: 'provider' | 'fulfiller', effect: () => Result): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      this.calls.push({
        what, to, arrived: undefined, isAbandoned: false,
        arrive: () => {
          try {
            const result = effect();
            return { answer: () => resolve(result) };
          } catch (error) {
            return { answer: () => reject(error as Error) };
          }
        },
        giveUp: () => reject(to === 'provider' ? new RetryLater('no answer') : new NotNow('no answer', { sent: true })),
      });
    });
  }

  /** The call takes place at the other side. */
  deliver(call: Call): void {
    call.arrived ??= call.arrive();
    if (call.isAbandoned) this.#forget(call);
  }

  /** Its answer arrives. */
  answer(call: Call): void {
    this.deliver(call);
    call.arrived?.answer();
    this.#forget(call);
  }

  /** The caller hears nothing. One that has not arrived yet may do so later. */
  lose(call: Call, mayArriveLater: boolean): void {
    call.giveUp();
    this.abandon(call);
    if (!mayArriveLater) this.#forget(call);
  }

  abandon(call: Call): void {
    call.isAbandoned = true;
    if (call.arrived !== undefined) this.#forget(call);
  }

  #forget(call: Call): void {
    this.calls = this.calls.filter((other) => other !== call);
  }
}
