// `pnpm dev`: says at once that it begins, then loads and runs the rest (dev/run.ts).

console.log(`Starting the stack; its data are in ${process.env['DATA_DIR'] || '.data'} …`);
const [{ runDev }, { withMend }] = await Promise.all([import('./dev/run.ts'), import('./dev/start-faults.ts')]);
try {
  await runDev();
} catch (error) {
  console.error(withMend(error));
  process.exit(1);
}
