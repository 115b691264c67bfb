/** A stylesheet of a view comes when the view is opened, and stays: what it says of a class that another one has changes how that one looks. */
import { expect, test } from '@jest/globals';
import { globSync, readFileSync } from 'node:fs';

const HERE = new URL('.', import.meta.url).pathname;

/** The selectors of a stylesheet, without those of its keyframes. */
function selectorsOf(css: string): string[] {
  const plain = css.replace(/\/\*[^]*?\*\//g, '').replace(/@keyframes [\w-]+ \{(?:[^{}]*\{[^{}]*\})*[^{}]*\}/g, '');
  return [...plain.matchAll(/([^{};]+)\{/g)].flatMap(([, head = '']) => (head.trim().startsWith('@') ? [] : head.split(',').map((one) => one.trim())));
}

test('every class begins the rules of one stylesheet alone, and a view has no rule without a class', () => {
  const files = globSync('**/*.css', { cwd: HERE });
  expect(files.length).toBeGreaterThan(10);
  const places = new Map<string, Set<string>>();
  const classless: string[] = [];
  for (const file of files) {
    for (const selector of selectorsOf(readFileSync(`${HERE}${file}`, 'utf8'))) {
      const first = /\.[a-z][\w-]*/.exec(selector)?.[0];
      if (first !== undefined) places.set(first, (places.get(first) ?? new Set()).add(file));
      else if (file !== 'styles.css') classless.push(`${file}: ${selector}`);
    }
  }
  expect(Object.fromEntries([...places].filter(([, those]) => those.size > 1).map(([name, those]) => [name, [...those]]))).toEqual({});
  expect(classless).toEqual([]);
});
