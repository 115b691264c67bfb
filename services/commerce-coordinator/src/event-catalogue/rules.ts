/** Which rules on the buses let a type through, judged by its example and the one matcher of event patterns. Pure. */
import type { BusRules } from '@commerce/bus/bus-rules';
import { compilePattern } from '@commerce/events/pattern';
import { exampleOf } from './examples.ts';
import type { KnownType } from './registry.ts';

/** A rule on a bus that lets the type through. */
interface RuleLine {
  readonly name: string;
  readonly bus: string;
  readonly targets: readonly string[];
}

export interface RulesLetting {
  readonly rules: readonly RuleLine[];
  /** False when there may be others, which cannot be looked at. */
  readonly isWhole: boolean;
}

export const UNKNOWN_RULES: RulesLetting = { rules: [], isWhole: false };

/** `clientId`: this service's own name at the fulfilling side, which its rules name. A rule with a pattern that is refused lets nothing through. */
export function rulesLetting({ rules, isWhole }: BusRules, type: KnownType, clientId: string): RulesLetting {
  const events = type.producers.map(({ source }) => deliveryOf(type, source, clientId));
  const letting = rules.filter(({ pattern, isEnabled }) => isEnabled && events.some((event) => lets(pattern, event)));
  return { isWhole, rules: letting.map(({ name, bus, targets }) => ({ name, bus, targets })) };
}

function deliveryOf(type: KnownType, source: string, clientId: string): object {
  const { envelope } = exampleOf(type);
  const data = envelope.data as Readonly<Record<string, unknown>>;
  return { source, 'detail-type': type.entry.type, detail: { ...envelope, source, data: { ...data, ...('clientId' in data && { clientId }) } } };
}

function lets(pattern: string, event: object): boolean {
  try {
    return compilePattern(pattern).matches(event);
  } catch {
    return false;
  }
}
