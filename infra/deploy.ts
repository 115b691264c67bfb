/**
 * The CDK app that is deployed: the stacks of a deployment, described in a file. `npx cdk deploy --context deployment=FILE` runs it;
 * docs/deploy.md says how, step by step. app.ts beside it makes the templates of the local stack.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { App } from 'aws-cdk-lib';
import { addStacks, readDeployment } from './src/deployment.ts';

const app = new App({ analyticsReporting: false });
const file: unknown = app.node.tryGetContext('deployment');
if (typeof file !== 'string') throw new Error('Say what to deploy: --context deployment=FILE. infra/deployment.example.json is one.');
addStacks(app, readDeployment(readFileSync(resolve(file), 'utf8')));
app.synth();
