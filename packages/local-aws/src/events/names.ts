/** The forms of names that several actions take, as the API of EventBridge states them. */
import { z } from 'zod';
import { DEFAULT_BUS } from '../account.ts';

/** Written as the API writes it, because refusals print it. */
const NAME = new RegExp(String.raw`^[\.\-_A-Za-z0-9]+$`);
const BUS_NAME = new RegExp(String.raw`^[/\.\-_A-Za-z0-9]+$`);

export const busNameForm = z.string().min(1).max(256).regex(BUS_NAME);
/** A bus by name or ARN; the default bus if left out. */
export const busForm = z.string().min(1).max(1_600).default(DEFAULT_BUS);
export const ruleNameForm = z.string().min(1).max(64).regex(NAME);
export const targetIdForm = z.string().min(1).max(64).regex(NAME);
export const archiveNameForm = z.string().min(1).max(48).regex(NAME);
export const replayNameForm = z.string().min(1).max(64).regex(NAME);
export const descriptionForm = z.string().max(512).optional();
export const patternForm = z.string().max(4_096).optional();
export const tagsForm = z.array(z.strictObject({ Key: z.string().min(1).max(128), Value: z.string().max(256) })).optional();
