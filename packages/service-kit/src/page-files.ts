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
  /** The same by Brotli, where that is worth its time. */
  readonly brotli?: Buffer;
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
  return ["default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "font-src 'self'", "connect-src 'self'", "base-uri 'none'", `form-action ${forms}`, "frame-ancestors 'none'"].join('; ');
}

/** What every page carries. `hasForms`: its forms send to this service. */
export function pageHeaders({ hasForms = false }: { readonly hasForms?: boolean } = {}): Record<string, string> {
  return { ...HEADERS, 'content-security-policy': policy(hasForms ? "'self'" : "'none'") };
}

/** Sends it packed when the browser takes that, and nothing when the browser has it. `caching` is the header Cache-Control. `hasForms`: its forms send to this service. */
export function sendFile(request: FastifyRequest, reply: FastifyReply, { type, plain, packed: gzipped, brotli, tag }: PageFile, caching: string, given: { readonly hasForms?: boolean } = {}): FastifyReply {
  reply.headers({ ...pageHeaders(given), 'cache-control': caching, etag: tag, vary: 'accept-encoding' });
  if (has(tag, request.headers['if-none-match'])) return reply.code(304).send();
  const takes = request.headers['accept-encoding'] ?? '';
  if (brotli !== undefined && BROTLI.test(takes)) return reply.type(type).header('content-encoding', 'br').send(brotli);
  if (!GZIP.test(takes)) return reply.type(type).send(plain);
  return reply.type(type).header('content-encoding', 'gzip').send(gzipped);
}

const GZIP = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/;
const BROTLI = /\bbr\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/;

/** A proxy that packs what it passes on makes a weak tag of ours. */
function has(tag: string, ifNoneMatch: string | undefined): boolean {
  return ifNoneMatch?.split(',').some((one) => one.trim().replace(/^W\//, '') === tag) ?? false;
}

export async function packed(type: string, content: Buffer | Promise<Buffer>): Promise<PageFile> {
  const plain = await content;
  return { type, plain, packed: await promisify(gzip)(plain), tag: `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"` };
}
