// The launcher of the programs, which a Node of any age must be able to read.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const PATH = fileURLToPath(new URL('../../run.cjs', import.meta.url));
const { complaint } = createRequire(import.meta.url)(PATH) as { complaint(version: string, program: string): string | undefined };

test.each(['0.12.18', '8.17.0', '20.20.2', '22.21.1', '23.11.0'])('Node %s is told the line to run', (version) => {
  const said = complaint(version, 'dev');
  expect(said).toContain(`This is Node ${version}, and the programs here need Node 24.0 or newer.`);
  expect(said).toContain('\n  npx --yes pnpm@12.21.0 dev\n');
});

test.each(['24.0.0', '24.21.0', '26.1.0'])('Node %s will do', (version) => {
  expect(complaint(version, 'demo')).toBeUndefined();
});

test('nothing in it is newer than what the first versions of Node could read', () => {
  const code = readFileSync(PATH, 'utf8').replace(/\/\/.*|\/\*[^]*?\*\/|'[^'\n]*'/g, "''");
  expect(code).not.toMatch(/=>|`|\b(?:const|let|class|async|await|import|export|of)\b|\.\.\.|\?\.|\?\?|\*\*|,\s*[\])}]/);
});
