import { expect, test } from '@jest/globals';
import { DOCUMENTED } from './documented.ts';
import { judge } from './judged.ts';

test.each(DOCUMENTED.map((each) => [each.says, each] as const))('%s', (_, each) => {
  const said = judge(each);
  expect(typeof said === 'string' ? said.split('\n', 1)[0] : said).toBe(each.verdict);
});
