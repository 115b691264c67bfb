// The door of the lab: loopback only, for whoever has its token. What it answers, Commerce Coordinator hands on under
// /development/lab: its shapes stand there, in services/commerce-coordinator/src/development/lab-forms.ts.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Lab } from './lab.ts';
import { isDependency, wishForm, WishRefused } from './wish.ts';

const MAX_BODY_BYTES = 4_096;

type Answer = { readonly status: number; readonly body: unknown };

const UNAUTHENTICATED: Answer = { status: 401, body: { message: 'The token of the lab is wrong: stack.json has it.' } };
const NOT_FOUND: Answer = { status: 404, body: { message: 'There is nothing here: /faults, /faults/{dependency} and /outcome are.' } };

export function labHandler(lab: Lab, token: string): RequestListener {
  const expected = digest(`Bearer ${token}`);
  return (request, response) => {
    const known = timingSafeEqual(digest(request.headers.authorization ?? ''), expected);
    (known ? answerOf(lab, request) : Promise.resolve(UNAUTHENTICATED)).then(
      (answer) => send(response, answer),
      (error: unknown) => send(response, { status: error instanceof WishRefused ? 422 : 502, body: { message: error instanceof Error ? error.message : 'It failed.' } }),
    );
  };
}

async function answerOf(lab: Lab, request: IncomingMessage): Promise<Answer> {
  const [, room, name, ...more] = new URL(request.url ?? '/', 'http://lab').pathname.split('/');
  const { method } = request;
  if (room === 'outcome' && name === undefined && method === 'GET') return { status: 200, body: await lab.outcome() };
  if (room !== 'faults' || more.length > 0) return NOT_FOUND;
  if (name === undefined) {
    if (method === 'DELETE') await lab.mendAll();
    else if (method !== 'GET') return NOT_FOUND;
    return { status: 200, body: lab.faults() };
  }
  if (!isDependency(name)) return { status: 404, body: { message: `There is no part "${name}".` } };
  if (method === 'DELETE') await lab.mend(name);
  else if (method === 'PUT') await lab.begin(name, await wishOf(request));
  else return NOT_FOUND;
  return { status: 200, body: lab.faults() };
}

async function wishOf(request: IncomingMessage): Promise<ReturnType<typeof wishForm.parse>> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new WishRefused('The wish is too large.');
    chunks.push(chunk);
  }
  let json: unknown;
  try {
    json = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new WishRefused('The wish is no JSON: {"kind": "down", "seconds": 30} is one.');
  }
  const parsed = wishForm.safeParse(json);
  if (!parsed.success) throw new WishRefused(parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the wish'}: ${message}`).join('; '));
  return parsed.data;
}

function send(response: ServerResponse, { status, body }: Answer): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
