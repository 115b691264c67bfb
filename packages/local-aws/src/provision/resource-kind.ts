/** A kind of CloudFormation resource that the local AWS can make. */
import { z } from 'zod';
import type { Account } from '../account.ts';
import type { Archives } from '../events/archives.ts';
import type { EventBuses } from '../events/event-buses.ts';
import type { Queues } from '../sqs/queues.fauxqs.ts';

export interface Surface {
  readonly account: Account;
  readonly buses: EventBuses;
  readonly archives: Archives;
  readonly queues: Queues;
}

/** A resource as other resources refer to it. */
export interface Made {
  /** What `Ref` gives. */
  readonly ref: string;
  /** What `Fn::GetAtt` gives. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** Makes the resource; `generatedName` is for one that the template does not name. Throws a ZodError for properties it has not. */
export type ResourceKind = (properties: unknown, surface: Surface, generatedName: string) => Made;

/** A whole number, or its digits: CloudFormation takes both. */
export const whole = z.union([z.int(), z.string().regex(/^\d+$/)]).transform(String);
/** True or false, or the word for it. */
export const flag = z.union([z.boolean(), z.enum(['true', 'false'])]).transform(String);
/** Tags are taken and have no effect. */
export const tags = z.array(z.strictObject({ Key: z.string(), Value: z.string() })).optional();
