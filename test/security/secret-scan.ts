/** Looks for secrets in a text, by the rules of secretlint: without the network, and without repeating what it finds. */
import { lintSource } from '@secretlint/core';
import { creator } from '@secretlint/secretlint-rule-preset-recommend';
import { extname } from 'node:path';

export interface FoundSecret {
  readonly file: string;
  readonly line: number;
  /** Which rule says so. */
  readonly rule: string;
}

const CONFIG = { rules: [{ id: '@secretlint/secretlint-rule-preset-recommend', rule: creator }] };

/** `file`: its path, by which some rules know what it is. */
export async function secretsIn(file: string, text: string): Promise<FoundSecret[]> {
  const { messages } = await lintSource({ source: { filePath: file, content: text, ext: extname(file), contentType: 'text' }, options: { config: CONFIG, maskSecrets: true, noPhysicFilePath: true } });
  return messages.map(({ loc, ruleId, messageId }) => ({ file, line: loc.start.line, rule: `${ruleId}/${messageId}` }));
}
