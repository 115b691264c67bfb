// Examples for http.yml: each line below "ruleid" must be found, each below "ok" must not.
// ruleid: http-goes-out-in-adapters, http-calls-end-and-lead-nowhere-else
await fetch('https://elsewhere.example');
// ruleid: http-goes-out-in-adapters, http-calls-end-and-lead-nowhere-else
await fetch(url, { method: 'POST', body, signal });
// ruleid: http-goes-out-in-adapters, http-calls-end-and-lead-nowhere-else
await fetch(url, { redirect: 'error' });
// ruleid: http-goes-out-in-adapters, http-calls-end-and-lead-nowhere-else
await fetch(url, { redirect: 'follow', signal });
// ruleid: http-goes-out-in-adapters
await fetch(url, { ...more, redirect: 'error', signal: AbortSignal.timeout(1_000) });
// ok: http-goes-out-in-adapters
await this.#fetch(url);

// ruleid: tls-is-verified
const agent = new Agent({ connect: { rejectUnauthorized: false, ca } });
// ruleid: tls-is-verified
process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
// ruleid: tls-is-verified
connect({ port, checkServerIdentity: () => undefined });
// ok: tls-is-verified
connect({ port, ca, rejectUnauthorized: true });

// ruleid: servers-listen-on-this-machine
await app.listen({ port: 3000, host: '0.0.0.0' });
// ruleid: servers-listen-on-this-machine
server.listen(3000, '0.0.0.0');
// ok: servers-listen-on-this-machine
await app.listen({ port: config.port, host: config.host });
