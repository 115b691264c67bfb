/** What a browser does, without one: keeps cookies by host and path, follows redirects, sends forms, and says from where it asks. */
import { Agent, request } from 'node:http';

export interface Loaded {
  readonly url: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface Kept {
  readonly host: string;
  readonly name: string;
  readonly value: string;
  readonly path: string;
}

const MOST_REDIRECTS = 10;
const LIMIT_MS = 10_000;
/** Kept open for a moment, as browsers do. */
const AGENT = new Agent({ keepAlive: true, timeout: 1_000 });
const NAVIGATION = { accept: 'text/html,application/xhtml+xml', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };

export class Browser {
  /** Those that it has now. */
  cookies: Kept[] = [];
  /** The lines Set-Cookie that came, in order. */
  readonly set: string[] = [];

  /** One request, with the cookies of its host; nothing is followed. */
  async ask(url: string, { method = 'GET', headers = {}, body }: Asked = {}): Promise<Loaded> {
    const { hostname, pathname } = new URL(url);
    const cookie = this.cookies.filter(({ host, path }) => host === hostname && pathname.startsWith(path)).map(({ name, value }) => `${name}=${value}`).join('; ');
    const loaded = await send(url, { method, headers: { ...(cookie !== '' && { cookie }), ...headers }, ...(body !== undefined && { body }) });
    for (const line of [loaded.headers['set-cookie'] ?? []].flat()) this.#keep(hostname, line);
    return loaded;
  }

  /** Opens an address as a person does, and follows where it leads. */
  async open(url: string, asked: Asked = {}): Promise<Loaded> {
    let next: { readonly url: string; readonly asked: Asked } = { url, asked: { ...asked, headers: { ...NAVIGATION, 'sec-fetch-site': 'none', ...asked.headers } } };
    for (let count = 0; count < MOST_REDIRECTS; count += 1) {
      const loaded = await this.ask(next.url, next.asked);
      const { location } = loaded.headers;
      if (loaded.status < 300 || loaded.status >= 400 || typeof location !== 'string') return loaded;
      const to = new URL(location, next.url);
      const site = to.origin === new URL(next.url).origin ? 'same-origin' : 'cross-site';
      next = { url: to.href, asked: { headers: { ...NAVIGATION, 'sec-fetch-site': site } } };
    }
    throw new Error(`${url} leads nowhere.`);
  }

  /** Fills in the form of the page, and sends it. */
  submit({ url, text }: Loaded, fields: Readonly<Record<string, string>>): Promise<Loaded> {
    const action = /<form method="post" action="([^"]+)"/.exec(text)?.[1];
    if (action === undefined) throw new Error(`There is no form at ${url}: ${text}`);
    return this.open(new URL(action, url).href, { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded', origin: new URL(url).origin, 'sec-fetch-site': 'same-origin' }, body: new URLSearchParams(fields).toString() });
  }

  cookie(name: RegExp): string | undefined {
    return this.cookies.find((one) => name.test(one.name))?.value;
  }

  #keep(host: string, line: string): void {
    this.set.push(line);
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    const path = /;\s*path=([^;]+)/i.exec(line)?.[1] ?? '/';
    this.cookies = this.cookies.filter((one) => one.host !== host || one.name !== name || one.path !== path);
    if (!/;\s*(max-age=0|expires=Thu, 01 Jan 1970)/i.test(line)) this.cookies.push({ host, name, value, path });
  }
}

function send(url: string, { method, headers, body }: Asked): Promise<Loaded> {
  const { hostname, port, host, pathname, search } = new URL(url);
  const bytes = body === undefined ? undefined : Buffer.from(body);
  return new Promise((resolve, reject) => {
    const outgoing = request({ hostname, port, method, path: `${pathname}${search}`, agent: AGENT, timeout: LIMIT_MS, headers: { host, ...headers, ...(bytes !== undefined && { 'content-length': String(bytes.length) }) } }, (incoming) => {
      const parts: Buffer[] = [];
      incoming.on('data', (part: Buffer) => parts.push(part));
      incoming.on('error', reject);
      incoming.on('end', () => resolve({ url, status: incoming.statusCode ?? 0, headers: incoming.headers, text: Buffer.concat(parts).toString() }));
    });
    outgoing.on('error', reject);
    outgoing.on('timeout', () => outgoing.destroy(new Error(`${url} did not answer within ${LIMIT_MS} ms.`)));
    outgoing.end(bytes);
  });
}
