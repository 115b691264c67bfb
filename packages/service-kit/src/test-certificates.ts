/** For tests: an authority of their own, and the certificate of a server on this machine, made by openssl in a folder that is taken away again. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Paths of PEM files. */
export interface TestCertificates {
  readonly caFile: string;
  /** Of `localhost` and 127.0.0.1, signed by that authority. */
  readonly certFile: string;
  readonly keyFile: string;
  /** Key and certificate in one file. */
  readonly pairFile: string;
  /** Another authority, and the certificate of a client that it has signed. */
  readonly otherCaFile: string;
  readonly strangerCertFile: string;
  readonly strangerKeyFile: string;
  remove(): void;
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

export function testCertificates(): TestCertificates {
  const directory = mkdtempSync(join(tmpdir(), 'test-certificates-'));
  const path = (name: string): string => join(directory, name);
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { stdio: 'pipe' });
  for (const name of ['ca', 'other']) openssl('req', '-x509', ...NEW_KEY, '-keyout', path(`${name}.key`), '-out', path(`${name}.pem`), '-days', '2', '-subj', `/CN=${name}`);
  writeFileSync(path('names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1');
  openssl('req', ...NEW_KEY, '-keyout', path('server.key'), '-out', path('server.csr'), '-subj', '/CN=localhost');
  openssl('x509', '-req', '-in', path('server.csr'), '-CA', path('ca.pem'), '-CAkey', path('ca.key'), '-set_serial', '2', '-days', '2', '-extfile', path('names'), '-out', path('server.pem'));
  openssl('req', ...NEW_KEY, '-keyout', path('stranger.key'), '-out', path('stranger.csr'), '-subj', '/CN=stranger');
  openssl('x509', '-req', '-in', path('stranger.csr'), '-CA', path('other.pem'), '-CAkey', path('other.key'), '-set_serial', '3', '-days', '2', '-out', path('stranger.pem'));
  writeFileSync(path('pair.pem'), readFileSync(path('server.key'), 'utf8') + readFileSync(path('server.pem'), 'utf8'));
  return {
    caFile: path('ca.pem'), certFile: path('server.pem'), keyFile: path('server.key'), pairFile: path('pair.pem'), otherCaFile: path('other.pem'), strangerCertFile: path('stranger.pem'), strangerKeyFile: path('stranger.key'),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
