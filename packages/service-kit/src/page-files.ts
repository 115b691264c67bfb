/**
 * Pages that a service serves to people, and the files that they need: packed once, with a tag, under headers that let nothing in
 * that does not come from the service itself.
 */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** A file as it is sent. */
export interface PageFile {
  readonly type: string;
  readonly plain: Buffer;
  readonly packed: Buffer;
  readonly tag: string;
}

/** For files whose address changes with their content. */
export const KEEP_FOR_GOOD = 'public, max-age=31536000, immutable';

const HEADERS = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const;

/** `forms`: where the forms of the page may send to. */
function policy(forms: "'none'" | "'self'"): string {
  return ["default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "connect-src 'self'", "base-uri 'none'", `form-action ${forms}`, "frame-ancestors 'none'"].join('; ');
}

/** Sends it packed when the browser takes that, and nothing when the browser has it. `caching` is the header Cache-Control. `hasForms`: its forms send to this service. */
export function sendFile(request: FastifyRequest, reply: FastifyReply, { type, plain, packed: gzipped, tag }: PageFile, caching: string, { hasForms = false }: { readonly hasForms?: boolean } = {}): FastifyReply {
  reply.headers({ ...HEADERS, 'content-security-policy': policy(hasForms ? "'self'" : "'none'"), 'cache-control': caching, etag: tag, vary: 'accept-encoding' });
  if (request.headers['if-none-match'] === tag) return reply.code(304).send();
  if (!/\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/.test(request.headers['accept-encoding'] ?? '')) return reply.type(type).send(plain);
  return reply.type(type).header('content-encoding', 'gzip').send(gzipped);
}

export async function packed(type: string, content: Buffer | Promise<Buffer>): Promise<PageFile> {
  const plain = await content;
  return { type, plain, packed: await promisify(gzip)(plain), tag: `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"` };
}
