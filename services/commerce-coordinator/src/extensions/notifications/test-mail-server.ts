/** A real mail server for tests, on a free port, that misbehaves when told to. */
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import type { SMTPServerOptions } from 'smtp-server';

/** What happens to one message. `lost`: it is taken, and the answer never arrives. A number: refused with it, at the recipient. */
export type Fate = 'lost' | number;

export interface MailServer {
  readonly port: number;
  /** Whole messages, as they were taken. */
  readonly taken: string[];
  /** Passwords that arrived, and whether over TLS. */
  readonly passwords: { readonly password: string; readonly secure: boolean }[];
  /** Of the next messages, one after another; then all is well. */
  readonly fates: Fate[];
  /** Recipients that were asked for. */
  readonly recipients: string[];
  stop(): Promise<void>;
}

export async function startMailServer(options: SMTPServerOptions = {}): Promise<MailServer> {
  const taken: string[] = [];
  const fates: Fate[] = [];
  const recipients: string[] = [];
  const passwords: { password: string; secure: boolean }[] = [];
  const server = new SMTPServer({
    authOptional: true, disableReverseLookup: true, logger: false, closeTimeout: 200,
    onRcptTo({ address }, _session, done) {
      recipients.push(address);
      const fate = fates[0];
      if (typeof fate !== 'number') return done();
      fates.shift();
      done(Object.assign(new Error(`${Math.floor(fate / 100)}.1.1 <${address}> is not wanted`), { responseCode: fate }));
    },
    onAuth({ password }, { secure }, done) {
      passwords.push({ password: password ?? '', secure });
      if (password === 'right') done(null, { user: 'cc' });
      else done(Object.assign(new Error('Wrong password'), { responseCode: 535 }));
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => void chunks.push(chunk));
      stream.on('end', () => {
        taken.push(Buffer.concat(chunks).toString());
        if (fates[0] !== 'lost') return done();
        fates.shift();
        for (const connection of server.connections) if (connection.id === session.id) connection.close();
      });
    },
    ...options,
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.server.address() as AddressInfo).port, taken, passwords, fates, recipients,
    stop: () => new Promise((resolve) => void server.close(resolve)),
  };
}
