/**
 * A socket that writes once a turn: what is written before the event loop goes on leaves in one system call. The driver of the
 * database writes each statement by itself, and a transaction sends several at once.
 */
import { Socket } from 'node:net';

export class TurnSocket extends Socket {
  #isGathering = false;

  override write(chunk: Uint8Array | string, ...rest: any[]): boolean {
    if (!this.#isGathering) {
      this.#isGathering = true;
      this.cork();
      process.nextTick(() => {
        this.#isGathering = false;
        this.uncork();
      });
    }
    return (super.write as (...all: unknown[]) => boolean).call(this, chunk, ...rest);
  }
}
