/** The way of dead letters straight into the log, by the consumer's own judgement; the reason of what is refused is kept by that. */
import type { LyingMessage } from '@commerce/bus/operated-queue';
import type { TakeIn } from '@commerce/bus/take-in';
import type { BroughtBack } from './dead-queue.ts';

/** Looks are no deliveries, and not counted as such. */
export async function broughtBackInto(takeIn: Pick<TakeIn, 'take'>, messages: readonly LyingMessage[]): Promise<BroughtBack> {
  const verdicts = await takeIn.take(messages.map(({ messageId, body, attributes }) => ({ messageId, body, attributes, receiveCount: 0 })));
  const of = (...kinds: string[]): string[] => messages.flatMap(({ messageId }, index) => (kinds.includes(verdicts[index]?.kind ?? '') ? [messageId] : []));
  return { done: of('appended', 'duplicate'), known: of('duplicate').length, refused: of('refused').map((messageId) => ({ messageId })) };
}
