import { describe, expect, test } from '@jest/globals';
import { createLogger } from './logging.ts';
import type { LoggerOptions } from './logging.ts';
import { requestLogger } from './request-logger.ts';

/** A logger of this level whose lines are kept, and how many children it has made. */
function watched(level: NonNullable<LoggerOptions['level']>) {
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger({ name: 'tea', level, destination: { write: (line: string) => void lines.push(JSON.parse(line)) } });
  const { child } = logger;
  let children = 0;
  Object.assign(logger, {
    child(this: typeof logger, ...given: Parameters<typeof child>) {
      children += 1;
      return child.apply(this, given);
    },
  });
  return { logger, lines, children: () => children };
}

const withoutTime = ({ time: _time, ...line }: Record<string, unknown>): Record<string, unknown> => line;

describe('the logger of a request', () => {
  test('is not made for a line below the level', () => {
    const { logger, lines, children } = watched('warn');
    const own = requestLogger(logger, { requestId: 'r-1' });
    own.debug({ status: 202 }, 'request finished');
    own.info({ status: 404 }, 'request finished');
    expect([children(), lines]).toEqual([0, []]);
  });

  test('writes the line that a child writes, and is made once', () => {
    const { logger, lines, children } = watched('debug');
    const own = requestLogger(logger, { requestId: 'r-1', body: 'never shown' });
    own.debug({ status: 202 }, 'request finished');
    own.error({ err: new Error('broken') }, 'it broke');
    expect(children()).toBe(1);
    const said = lines.splice(0).map(withoutTime);
    logger.child({ requestId: 'r-1', body: 'never shown' }).debug({ status: 202 }, 'request finished');
    expect(withoutTime(lines[0] ?? {})).toEqual(said[0]);
    expect(said).toMatchObject([{ requestId: 'r-1', status: 202, msg: 'request finished' }, { requestId: 'r-1', err: { message: 'broken' } }]);
    expect(JSON.stringify(said)).not.toContain('never shown');
  });

  test('of a route with a level of its own has that level', () => {
    const { logger, lines } = watched('warn');
    requestLogger(logger, { requestId: 'r-1' }, { level: 'debug' }).debug({ status: 200 }, 'request finished');
    expect(lines).toMatchObject([{ requestId: 'r-1', status: 200 }]);
  });

  test('has children that carry its id', () => {
    const { logger, lines } = watched('info');
    requestLogger(logger, { requestId: 'r-1' }).child({ orderId: 'o-1' }).info({}, 'more');
    expect(lines).toMatchObject([{ requestId: 'r-1', orderId: 'o-1' }]);
  });
});
