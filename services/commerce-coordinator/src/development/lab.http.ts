/**
 * The lab of a local stack, for whoever is signed in here: wishes and questions are handed on as they are.
 *
 * Promise: the routes are there only where a lab is configured, which production refuses; who breaks something needs the scope admin.
 * What the lab answers is checked before it is handed back. Who broke what, and why, is recorded before it is broken; what mends is not.
 */
import type { HttpApp } from '@commerce/service-kit/http-server';
import { baseProblems, Problem, retryAfter } from '@commerce/service-kit/problems';
import { z } from 'zod';
import type { RecordAct } from '../operator-acts.ts';
import { actorOf, triggerOf } from '../requests.http.ts';
import { dependencyParams, faultsView, outcomeView, wishForm } from './lab-forms.ts';
import { labProblems } from './problems.ts';

export interface LabConnection {
  /** Without a slash at its end. */
  readonly url: string;
  readonly token: string;
}

const LIMIT_MS = 10_000;
const RETRY_MS = 1_000;
const ROOM = '/development/lab';
const READS = { scope: 'events:read', problems: [labProblems.lab_unavailable] };
const BREAKS = { scope: 'admin', problems: [labProblems.lab_unavailable, labProblems.lab_fault_refused] };
const TAGS = ['development'];
const message = z.object({ message: z.string() });

/** Adds the routes. */
export function addLabRoutes(app: HttpApp, lab: LabConnection, record: RecordAct): void {
  app.get(`${ROOM}/faults`, {
    config: READS, schema: { operationId: 'readLabFaults', summary: 'Read what can be broken, and what is broken now', tags: TAGS, response: { 200: faultsView } },
  }, ({ signal }) => ask(lab, faultsView, 'GET', '/faults', signal));

  app.put(`${ROOM}/faults/:dependency`, {
    config: BREAKS, schema: { operationId: 'breakPart', summary: 'Break a part for some seconds', tags: TAGS, params: dependencyParams, body: wishForm, response: { 200: faultsView } },
  }, async (request) => {
    const { params: { dependency }, body: { reason, ...wish }, signal } = request;
    await record({ act: 'lab.break', about: dependency, by: actorOf(request), why: reason ?? null, details: wish }, triggerOf(request));
    return ask(lab, faultsView, 'PUT', `/faults/${dependency}`, signal, wish);
  });

  app.delete(`${ROOM}/faults/:dependency`, {
    config: BREAKS, schema: { operationId: 'mendPart', summary: 'Mend a part', tags: TAGS, params: dependencyParams, response: { 200: faultsView } },
  }, ({ params: { dependency }, signal }) => ask(lab, faultsView, 'DELETE', `/faults/${dependency}`, signal));

  app.delete(`${ROOM}/faults`, {
    config: BREAKS, schema: { operationId: 'mendAll', summary: 'Mend everything', tags: TAGS, response: { 200: faultsView } },
  }, ({ signal }) => ask(lab, faultsView, 'DELETE', '/faults', signal));

  app.get(`${ROOM}/outcome`, {
    config: READS,
    schema: {
      operationId: 'readLabOutcome', summary: 'Read what came of it: how many orders waited, recovered, are lost or doubled', tags: TAGS, response: { 200: outcomeView },
      description: 'Judged from the orders, the fulfillments and the books of the providers as they stand now.',
    },
  }, ({ signal }) => ask(lab, outcomeView, 'GET', '/outcome', signal));
}

/** The checked answer. Throws a problem. */
async function ask<View>({ url, token }: LabConnection, form: z.ZodType<View>, method: string, path: string, signal: AbortSignal, body?: object): Promise<View> {
  const unavailable = (cause: unknown): Problem => new Problem(labProblems.lab_unavailable, { headers: retryAfter(RETRY_MS), cause });
  const { status, json } = await fetch(`${url}${path}`, {
    method, headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': 'application/json' }) }, ...(body !== undefined && { body: JSON.stringify(body) }),
    redirect: 'error', signal: AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]),
  }).then(async (answer) => ({ status: answer.status, json: await answer.json() as unknown })).catch((error: unknown) => {
    throw unavailable(error);
  });
  const said = message.safeParse(json);
  if (status === 404) throw new Problem(baseProblems.not_found);
  if (status === 422 && said.success) throw new Problem(labProblems.lab_fault_refused, { detail: said.data.message });
  const view = form.safeParse(json);
  if (status !== 200 || !view.success) throw unavailable(view.error ?? json);
  return view.data;
}
