/**
 * A stream that writes once a turn: what is written before the event loop goes on leaves in one system call. The driver of the
 * database writes each statement by itself, and a transaction sends several at once.
 */
import type { Writable } from 'node:stream';

/**
 * Call it when the stream is connected: a socket that connects puts Node's own `write` in the place of any other. It may be a TLS socket:
 * then a turn is one record, too.
 */
export function writeOncePerTurn(stream: Writable): void {
  const write = stream.write as (...given: unknown[]) => boolean;
  let isGathering = false;
  stream.write = (...given: unknown[]): boolean => {
    if (!isGathering) {
      isGathering = true;
      stream.cork();
      process.nextTick(() => {
        isGathering = false;
        stream.uncork();
      });
    }
    return write.apply(stream, given);
  };
}
