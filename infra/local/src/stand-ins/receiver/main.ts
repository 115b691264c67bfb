// The demo's webhook receiver as a process of its own: its configuration, its start, its end.
import { declareConfig, integer, readConfig, text } from '@commerce/service-kit/config';
import { runStandIn } from '../run-stand-in.ts';
import { receiverHandler } from './receiver.http.ts';

const declaration = declareConfig('The webhook receiver', {
  port: integer('RECEIVER_PORT', { meaning: 'port on 127.0.0.1, 0 takes a free one', default: 3005, maximum: 65_535 }),
  secret: text('RECEIVER_SECRET', { meaning: 'signs what is sent to it: whsec_ and base64', secret: true, minimumLength: 38 }),
  apiKey: text('RECEIVER_API_KEY', { meaning: 'bearer key of the door for tests', secret: true, minimumLength: 16 }),
});

await runStandIn('receiver', async (env) => {
  const { port, secret, apiKey } = readConfig(declaration, env);
  return { port, handler: receiverHandler({ secret, apiKey, nowMs: Date.now }), close: async () => {} };
});
