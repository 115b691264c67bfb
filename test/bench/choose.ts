/** `pnpm bench`: the bench of the pair; `pnpm bench ingest`: that of the webhooks of payment providers. Further words go to it. */
if (process.argv[2] === 'ingest') await import('./ingest/main.ts');
else await import('./main.ts');
