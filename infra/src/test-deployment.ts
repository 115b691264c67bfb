/** For tests: the templates of the deployment that stands in deployment.example.json, changed as told. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { App } from 'aws-cdk-lib';
import { addStacks, readDeployment } from './deployment.ts';
import { templatesFrom, type Templates } from './test-templates.ts';

export const EXAMPLE = readFileSync(join(import.meta.dirname, '../deployment.example.json'), 'utf8');

type Change = (deployment: any) => void;

/** The example, changed, as templates. */
export function templatesOf(change: Change = () => {}): Templates {
  return templatesFrom((app) => addExample(app, change));
}

/** Adds the stacks of the example, changed. */
export function addExample(app: App, change: Change): void {
  const deployment: unknown = JSON.parse(EXAMPLE);
  change(deployment);
  addStacks(app, readDeployment(JSON.stringify(deployment)));
}
