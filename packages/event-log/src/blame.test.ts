import { describe, expect, test } from '@jest/globals';
import { Blame, RepeatedFault } from './blame.ts';
import { StaleFence } from './cursors.pg.ts';

const fault = (code: string): Error => Object.assign(new Error(`fault ${code}`), { code });
const OUT_OF_MEMORY = '53200';
const CHECK_VIOLATION = '23514';

/** Handles letters in one transaction each time; those in `bad` fail it with their code. Knows what was done and charged. */
class Letters {
  readonly done: string[] = [];
  readonly charged: [string, unknown][] = [];
  attempts = 0;
  readonly #blame: Blame;
  readonly #bad: Readonly<Record<string, string>>;

  constructor(bad: Readonly<Record<string, string>>, answers: () => boolean = () => true) {
    this.#bad = bad;
    this.#blame = new Blame(async () => answers());
  }

  /** True when all of the batch are done or charged. */
  async handle(letters: string): Promise<boolean> {
    const left = [...letters].filter((letter) => !this.done.includes(letter) && !this.charged.some(([charged]) => charged === letter));
    try {
      await this.#blame.byHalves(left, (letter) => letter, async (part, error) => {
        this.attempts += 1;
        if (error !== undefined) {
          this.charged.push([part.join(''), error]);
          return;
        }
        for (const letter of part) if (letter in this.#bad) throw this.#bad[letter] === 'stale' ? new StaleFence('It') : fault(this.#bad[letter] ?? '');
        this.done.push(...part);
      });
      return true;
    } catch {
      return false;
    }
  }

  async handleUntilDone(letters: string, most: number): Promise<number> {
    for (let turn = 1; turn <= most; turn += 1) if (await this.handle(letters)) return turn;
    return Number.POSITIVE_INFINITY;
  }
}

describe('a batch of which one event is refused', () => {
  test('is done but for that one, which is charged with its error, at once', async () => {
    const letters = new Letters({ f: CHECK_VIOLATION });
    expect(await letters.handle('abcdefgh')).toBe(true);
    expect(letters.done.join('')).toBe('abcdegh');
    expect(letters.charged).toEqual([['f', expect.objectContaining({ code: CHECK_VIOLATION })]]);
  });
});

describe('a batch that fails with a fault of the database', () => {
  test('is charged to nobody four times in a row; at the fifth the event that causes it is found', async () => {
    const letters = new Letters({ f: OUT_OF_MEMORY });
    for (let turn = 0; turn < 4; turn += 1) expect(await letters.handle('abcdefgh')).toBe(false);
    expect(letters.done).toEqual([]);
    expect(await letters.handle('abcdefgh')).toBe(true);
    expect(letters.done.join('')).toBe('abcdegh');
    expect(letters.charged).toEqual([['f', expect.any(RepeatedFault)]]);
  });

  test('is charged to nobody while the database does not answer', async () => {
    const letters = new Letters({ f: OUT_OF_MEMORY }, () => false);
    expect(await letters.handleUntilDone('abcdefgh', 30)).toBe(Number.POSITIVE_INFINITY);
    expect([letters.done, letters.charged]).toEqual([[], []]);
  });

  test('counts only failures in a row', async () => {
    let answers = true;
    const letters = new Letters({ f: OUT_OF_MEMORY }, () => answers);
    for (let turn = 0; turn < 12; turn += 1) {
      answers = turn % 4 !== 3;
      expect(await letters.handle('abcdefgh')).toBe(false);
    }
  });

  test('because of two events has the second one charged after five failures more', async () => {
    const letters = new Letters({ b: OUT_OF_MEMORY, g: '57014' });
    expect(await letters.handleUntilDone('abcdefgh', 20)).toBe(5 + 5);
    expect(letters.charged.map(([letter]) => letter)).toEqual(['b', 'g']);
    expect(letters.done.toSorted().join('')).toBe('acdefh');
  });

  test('because of an event that was charged with it before is not tried five times again', async () => {
    const letters = new Letters({ f: OUT_OF_MEMORY });
    await letters.handleUntilDone('abcdefgh', 5);
    letters.charged.length = 0;
    expect(await letters.handle('f')).toBe(true);
    expect(letters.charged.map(([letter]) => letter)).toEqual(['f']);
  });

  test('because it belongs to another process is charged to nobody, ever', async () => {
    const letters = new Letters({ f: 'stale' });
    expect(await letters.handleUntilDone('abcdefgh', 10)).toBe(Number.POSITIVE_INFINITY);
    expect(letters.attempts).toBe(10);
  });
});
