// Examples for domain.yml.
// ruleid: domain-has-no-clock-and-no-chance
const at = Date.now();
// ruleid: domain-has-no-clock-and-no-chance
const now = new Date();
// ruleid: domain-has-no-clock-and-no-chance
const id = crypto.randomUUID();
// ruleid: domain-has-no-clock-and-no-chance
if (Math.random() < 0.5) retry();
// ok: domain-has-no-clock-and-no-chance
const told = new Date(order.createdAtMs);
// ok: domain-has-no-clock-and-no-chance
const made = ports.uuid();

// ruleid: environment-is-read-once
const url = process.env['DATABASE_URL'];
// ok: environment-is-read-once
const same = config.databaseUrl;

// ruleid: no-code-from-text
eval(text);
// ruleid: no-code-from-text
const run = new Function('a', text);
// ruleid: no-code-from-text
const found = new RegExp(request.query.search).test(name);
// ok: no-code-from-text
const fixed = new RegExp('^a+$', 'u');
