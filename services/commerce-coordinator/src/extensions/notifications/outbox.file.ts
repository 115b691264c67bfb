/**
 * E-mails as files, where there is no mail server: one `.eml` per notification, to be opened by any mail program.
 * Promise: a file is there whole or not at all; one that is there is not written again.
 */
import { access, mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { composed } from './mailer.ts';
import type { Mailer } from './mailer.ts';

/** `folder` is made when it is missing, readable for this user only: it holds addresses. */
export function outboxMailer({ folder, from }: { readonly folder: string; readonly from: string }): Mailer {
  const transport = createTransport({ streamTransport: true, buffer: true, newline: 'windows' });
  return {
    async send(mail) {
      const path = join(folder, `${mail.notificationId}.eml`);
      if (await isThere(path)) return;
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const { message } = await transport.sendMail(composed(mail, from));
      await writeWhole(path, message as Buffer);
    },
    close: () => transport.close(),
  };
}

async function writeWhole(path: string, content: Buffer): Promise<void> {
  const part = `${path}.part`;
  const file = await open(part, 'w', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(part, path);
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(() => true, () => false);
}
