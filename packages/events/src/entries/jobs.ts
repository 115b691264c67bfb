/**
 * Runs of handlers, which are jobs: told on the live buses of the processes, and nowhere else. They stand in no log
 * and are never published; what failed is stored with its error.
 */
import { z } from 'zod';
import { defineEvent } from '../catalogue.ts';
import { EXAMPLE_ORDER_ID, id } from './parts.ts';

/** `jobType` is the handler, `queueName` its extension, `subject` what the handled event is about: for an order its id. */
const job = {
  jobId: id, jobType: id, queueName: id, workerId: z.uuid(), eventId: z.uuid(), eventType: id, subject: id,
  /** From 1; `jobId` is the same over all attempts. */
  attempt: z.int().min(1),
};
const started = { ...job, startedAt: z.iso.datetime() };
/** Milliseconds. */
const ended = { ...started, processingTime: z.number().min(0) };

const example = {
  jobId: 'payments.charge:0193a6a0-7000-7abc-9def-0123456789ab', jobType: 'payments.charge', queueName: 'payments', workerId: '0193a6a0-7000-7abc-9def-0123456789ac',
  eventId: '0193a6a0-7000-7abc-9def-0123456789ab', eventType: 'PaymentInitiated', subject: EXAMPLE_ORDER_ID, attempt: 1,
};
const startedAt = '2026-11-21T18:00:00.000Z';

export const JobEnqueued = defineEvent({
  type: 'JobEnqueued', constant: 'JOB_ENQUEUED', webhook: 'job.enqueued', topic: 'audit-events',
  description: 'A handler will run for an event.',
  versions: { v1: z.strictObject(job) },
  subject: (data) => data.subject,
  example,
});

export const JobStarted = defineEvent({
  type: 'JobStarted', constant: 'JOB_STARTED', webhook: 'job.started', topic: 'audit-events',
  description: 'A handler runs for an event.',
  versions: { v1: z.strictObject(started) },
  subject: (data) => data.subject,
  example: { ...example, startedAt },
});

export const JobCompleted = defineEvent({
  type: 'JobCompleted', constant: 'JOB_COMPLETED', webhook: 'job.completed', topic: 'audit-events',
  description: 'A handler has run for an event, and its outcome is written.',
  versions: { v1: z.strictObject(ended) },
  subject: (data) => data.subject,
  example: { ...example, startedAt, processingTime: 12.5 },
});

export const JobFailed = defineEvent({
  type: 'JobFailed', constant: 'JOB_FAILED', webhook: 'job.failed', topic: 'audit-events',
  description: 'A run of a handler failed. It runs again at `retryAt`, or it was given up.',
  versions: { v1: z.strictObject({ ...ended, error: z.string(), code: z.string(), retryAt: z.iso.datetime().nullable() }) },
  subject: (data) => data.subject,
  example: { ...example, startedAt, processingTime: 5_000, error: 'No answer within 5000 ms.', code: 'RetryLater', retryAt: '2026-11-21T18:00:05.400Z' },
});

export const JOB_ENTRIES = [JobEnqueued, JobStarted, JobCompleted, JobFailed] as const;
