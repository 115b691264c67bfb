// Examples for secrets.yml.
// ruleid: secrets-are-compared-in-constant-time
if (given.signature === expected) accept();
// ruleid: secrets-are-compared-in-constant-time
if (request.headers.csrfToken !== session.csrf) refuse();
// ruleid: secrets-are-compared-in-constant-time
if (mySecret.equals(theirs)) accept();
// ok: secrets-are-compared-in-constant-time
if (config.labToken === undefined) return;
// ok: secrets-are-compared-in-constant-time
if (timingSafeEqual(a, b)) accept();

// ruleid: ciphers-are-authenticated
const weak = createCipheriv('aes-256-cbc', key, iv);
// ruleid: ciphers-are-authenticated
const digest = createHash('md5').update(text).digest('hex');
// ruleid: ciphers-are-authenticated
const short = hash('sha1', text);
// ok: ciphers-are-authenticated
const strong = createCipheriv('aes-256-gcm', key, nonce);

// ruleid: logs-say-constant-sentences
logger.info(`order ${orderId} of ${email}`);
// ruleid: logs-say-constant-sentences
logger.warn({ orderId }, `could not charge ${card}`);
// ruleid: logs-say-constant-sentences
logger.warn({ orderId }, 'could not charge ' + card);
// ok: logs-say-constant-sentences
logger.warn({ orderId }, 'could not be charged');

// ruleid: services-do-not-print
console.log(order);
// ruleid: services-do-not-print
process.stdout.write(token);
// ok: services-do-not-print
logger.info({ orderId }, 'accepted');
