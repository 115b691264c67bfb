/**
 * What somebody does in the first five minutes, in a real browser: he signs in, orders, watches, breaks the fulfilling side, sees why an order
 * waits and that nothing is lost, and adds a webhook receiver. And how many presses it takes an operator. Needs Chromium.
 */
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { hasBrowser, placeOrders, shoot, startWorld, untilEnded, visit } from './world.ts';
import type { World } from './world.ts';

let world: World;
let page: Page;
let complaints: string[];
let receiver: Server | undefined;
beforeAll(async () => {
  if (!hasBrowser) return;
  world = await startWorld();
  ({ page, complaints } = await world.open('wide', 'light'));
}, 120_000);
afterAll(async () => {
  receiver?.closeAllConnections();
  receiver?.close();
  await page?.context().close();
  await world?.stop();
}, 60_000);

/** In this order: what was done before is there. */
(hasBrowser ? describe : describe.skip)('The first five minutes, in a browser (needs Chromium: CHROMIUM, or /usr/bin/chromium)', () => {
  test('a customer fills a cart, pays, and follows the order to its end', async () => {
    await visit(world, page, '/shop');
    const fill = page.getByRole('button', { name: /sample products/ });
    const add = page.getByRole('button', { name: /to the cart$/ }).first();
    await fill.or(add).first().waitFor();
    if (await fill.isVisible()) await fill.click();
    await add.click();
    await page.getByRole('button', { name: /^Place the order/ }).click();
    const tracking = page.locator('.tracking');
    await tracking.getByRole('heading', { name: /^Your order \d+/ }).waitFor();
    const orderId = new URL(page.url()).searchParams.get('order') ?? '';
    expect(await untilEnded(world, orderId)).toBe('completed');
    await tracking.getByText('Thank you!').waitFor();
    await shoot(page, 'five-1-shop');
  }, 90_000);

  test('the same order shows its way in lanes, and each step what it said', async () => {
    await visit(world, page, '/orders');
    await page.getByRole('link', { name: /^\d{5,}$/ }).first().click();
    await page.getByRole('heading', { name: 'Timeline' }).waitFor();
    await page.getByRole('table', { name: 'Every step' }).getByRole('button', { name: 'Payment processed' }).first().click();
    await page.getByText('PaymentProcessed').first().waitFor();
    // What the payment provider was asked and has answered, and no card.
    const call = page.getByRole('region', { name: 'Call to payments standard' });
    await call.getByText('/v1/charges').waitFor();
    expect(await call.textContent()).not.toContain('tok_');
    await shoot(page, 'five-2-order');
  }, 60_000);

  test('the fulfilling side is taken down: orders wait and say why, in two presses from home; it comes back and nothing is lost or doubled', async () => {
    await visit(world, page, '/break');
    const card = page.getByRole('region', { name: 'Order Fulfillment' });
    await card.getByRole('button', { name: 'Take down' }).click();
    const dialog = page.getByRole('dialog').filter({ visible: true });
    await dialog.getByLabel(/For how many seconds/).fill('25');
    await dialog.getByRole('button', { name: 'Take down' }).click();
    await card.locator('.status.bad').waitFor();
    const ids = await placeOrders(world, 3);
    await page.getByText(/they wait: 3/i).waitFor();
    await shoot(page, 'five-3-broken');
    await visit(world, page, '/');
    // Two presses from home.
    await page.getByRole('link', { name: 'Needing care' }).click();
    await page.getByRole('link', { name: /Retrying/ }).click();
    await page.getByText(/Waits for the fulfilling side/).first().waitFor();
    await shoot(page, 'five-4-why');
    for (const id of ids) expect(await untilEnded(world, id)).toBe('completed');
    await visit(world, page, '/break');
    await page.getByText(/0 lost, 0 doubled/).waitFor({ timeout: 60_000 });
    await shoot(page, 'five-5-recovered');
  }, 150_000);

  test('a receiver is registered, its secret is shown once, and what it gets is signed with that', async () => {
    const got: { readonly id: string; readonly at: string; readonly signature: string; readonly body: string }[] = [];
    const hooks = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const header = (name: string): string => String(request.headers[name] ?? '');
        got.push({ id: header('webhook-id'), at: header('webhook-timestamp'), signature: header('webhook-signature'), body: Buffer.concat(chunks).toString('utf8') });
        response.end();
      });
    });
    receiver = hooks;
    await new Promise<void>((resolve) => hooks.listen(0, '127.0.0.1', resolve));
    await visit(world, page, '/webhooks');
    await page.getByRole('button', { name: 'Register a webhook' }).click();
    const dialog = page.getByRole('dialog').filter({ visible: true });
    await dialog.getByLabel('Where deliveries go').fill(`http://127.0.0.1:${(hooks.address() as AddressInfo).port}/hook`);
    await dialog.getByLabel('every event').check();
    await shoot(page, 'five-6-register');
    const reason = dialog.getByLabel(/^Why/);
    if (await reason.isVisible()) await reason.fill('to try it');
    await dialog.getByRole('button', { name: 'Register a webhook' }).click();
    const secret = (await page.getByText(/^whsec_/).first().textContent()) ?? '';
    await shoot(page, 'five-7-secret');
    const [orderId = ''] = await placeOrders(world, 1);
    await untilEnded(world, orderId);
    for (const endMs = performance.now() + 20_000; got.length === 0 && performance.now() < endMs; ) await new Promise((resolve) => setTimeout(resolve, 100));
    const [first] = got;
    const key = Buffer.from(secret.trim().replace('whsec_', ''), 'base64');
    expect(first?.signature).toContain(createHmac('sha256', key).update(`${first?.id}.${first?.at}.${first?.body}`).digest('base64'));
  }, 90_000);

  test('a hundred dead letters are redriven with three presses', async () => {
    const { aws, queueUrl } = world.stack.description;
    const sqs = new SQSClient({ endpoint: aws, region: 'us-east-1', credentials: { accessKeyId: 'x', secretAccessKey: 'x' } });
    // What no map accepts: given up after its tries, as any other message.
    for (let batch = 0; batch < 10; batch += 1) {
      await sqs.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: Array.from({ length: 10 }, (_, n) => ({ Id: String(n), MessageBody: JSON.stringify({ source: 'nobody', 'detail-type': 'Nothing', detail: { n: batch * 10 + n } }) })) }));
    }
    await visit(world, page, '/dead-letters');
    await page.getByRole('button', { name: 'Redrive all 100' }).waitFor({ timeout: 60_000 });
    await shoot(page, 'five-8-dead');
    await page.getByRole('button', { name: 'Redrive all 100' }).click();
    const dialog = page.getByRole('dialog').filter({ visible: true });
    await dialog.getByLabel(/^Why/).fill('mended');
    await dialog.getByRole('button', { name: /^Redrive/ }).click();
    await page.getByText(/100 of 100/).first().waitFor({ timeout: 60_000 });
    await shoot(page, 'five-9-redriven');
    sqs.destroy();
  }, 150_000);

  test('nothing of it made the browser complain', () => {
    // The fulfilling side was down, and what was asked of the lab meanwhile may have been answered late.
    expect(complaints).toEqual([]);
  });
});
