import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { isDocumented, judge, type Judgement } from './judged.ts';
import { plainly } from './plain.ts';

const frozen = gunzipSync(readFileSync(join(import.meta.dirname, 'frozen.jsonl.gz'))).toString()
  .split('\n').map((line) => JSON.parse(line) as [pattern: string, event: string, verdict: Judgement]);

test('the matcher says of thousands of generated cases what the published engine says, refusals word for word', () => {
  expect(frozen.length).toBeGreaterThanOrEqual(4_000);
  expect(frozen.filter(([, , verdict]) => verdict === true).length).toBeGreaterThan(500);
  const differing = frozen.filter(([pattern, event, verdict]) => judge({ pattern, event }) !== verdict);
  expect(differing).toEqual([]);
});

test('the rule said plainly says the same of all that is documented: it may decide where the engine contradicts itself', () => {
  const documented = frozen.filter(([pattern, event, verdict]) => typeof verdict === 'boolean' && isDocumented({ pattern, event }));
  expect(documented.filter(([, , verdict]) => verdict === true).length).toBeGreaterThan(100);
  expect(documented.filter(([pattern, event, verdict]) => plainly({ pattern, event }) !== verdict)).toEqual([]);
});
