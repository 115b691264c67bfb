/** What is deployed: two owners in two accounts or in one, a second region, keys, and the services. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { App, Validations, type Stack } from 'aws-cdk-lib';
import { Match, Template as Assertions } from 'aws-cdk-lib/assertions';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { readDeployment } from './deployment.ts';
import { EXAMPLE, addExample, templatesOf } from './test-deployment.ts';
import { inFolder, policiesOf, type Resource, type Template, type Templates } from './test-templates.ts';

const OF = '111111111111';
const CC = '222222222222';

/** One account with as little as possible. */
const toSmall = ({ orderFulfillment, commerceCoordinator }: any): void => {
  for (const own of [orderFulfillment, commerceCoordinator]) {
    own.account = OF;
    delete own.customerKey;
    delete own.replicaRegion;
    delete own.subscriberAccounts;
    delete own.replayAccounts;
    delete own.alarmTopicArn;
    delete own.service.exposure;
  }
};
/** Without the services. */
const toBuses = ({ orderFulfillment, commerceCoordinator }: any): void => {
  for (const own of [orderFulfillment, commerceCoordinator]) delete own.service;
};
/** Two accounts, keys, a second region, open to the internet. */
const large = templatesOf();
const small = templatesOf(toSmall);

const templateOf = (templates: Templates, name: string): Template => templates.get(name)?.template ?? { Resources: {} };
/** Refuses a template in which resources wait for each other. */
const assertions = (templates: Templates, name: string): Assertions => Assertions.fromJSON(templateOf(templates, name) as object);
const all = (templates: Templates, type: string): Resource[] => [...templates.values()].flatMap(({ template }) => Object.values(template.Resources).filter(({ Type }) => Type === type));
const arn = (...parts: unknown[]): object => ({ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ...parts]] });

test('it is what it was when somebody last looked', () => {
  for (const [name, { template }] of large) expect(inLines(template)).toMatchSnapshot(name);
});

/** One line per property, so that a change shows as one. Which types there are is the catalogue's business. */
function inLines({ Resources }: Template): string {
  return Object.entries(Resources).map(([id, { Type, Properties = {}, ...more }]) =>
    [`${id} ${Type}`, ...Object.entries({ ...Properties, ...more }).map(([name, value]) => `  ${name}: ${withoutTypes(JSON.stringify(value))}`)].join('\n')).join('\n');
}

function withoutTypes(line: string): string {
  return line.replaceAll(/("(?:events:)?detail-type"):\[[^\]]*\]/g, '$1:[…]');
}

describe('S55: both packs of cdk-nag', () => {
  test.each([['two accounts, with keys', () => {}], ['one account', toSmall]])('find nothing in %s that is not acknowledged with a reason', (_, change) => {
    expect(findingsOf(change)).toEqual([]);
  });

  test('would find a queue without encryption and dead letters', () => {
    const bare = findingsOf(toBuses, (app) => void new Queue(app.node.findChild('CommerceCoordinatorStack') as Stack, 'Bare'));
    expect(bare).toEqual(expect.arrayContaining(['AwsSolutions-SQS3 CommerceCoordinatorStack/Bare/Resource', 'Serverless-SQSRedrivePolicy CommerceCoordinatorStack/Bare/Resource']));
  });
});

/** What both packs find and nobody has acknowledged: the rule, and the path of the construct. */
function findingsOf(change: (deployment: any) => void, prepare: (app: App) => void = () => {}): readonly string[] {
  return inFolder((outdir) => {
    const app = new App({ analyticsReporting: false, outdir });
    addExample(app, change);
    prepare(app);
    // The packs look at every property, also at those that CDK warns of.
    process.env['JSII_DEPRECATED'] ??= 'quiet';
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
    try {
      app.synth();
      return [];
    } catch (failure) {
      const { pluginReports: reports } = JSON.parse(readFileSync(join(outdir, 'validation-report.json'), 'utf8')) as { pluginReports: Report[] };
      const findings = reports.flatMap(({ violations }) => violations.flatMap(({ ruleName, violatingConstructs }) => violatingConstructs.map(({ constructPath }) => `${ruleName} ${constructPath}`)));
      if (findings.length === 0) throw failure;
      return findings;
    }
  });
}

interface Report {
  readonly violations: readonly { readonly ruleName: string; readonly violatingConstructs: readonly { readonly constructPath: string }[] }[];
}

test('each owner has his stacks, and a service one of its own', () => {
  expect([...large.keys()].toSorted()).toEqual(['CommerceCoordinatorServiceStack', 'CommerceCoordinatorStack', 'OrderFulfillmentReplicaStack', 'OrderFulfillmentServiceStack', 'OrderFulfillmentStack']);
  expect([...small.keys()].toSorted()).toEqual(['CommerceCoordinatorServiceStack', 'CommerceCoordinatorStack', 'OrderFulfillmentServiceStack', 'OrderFulfillmentStack']);
});

describe.each([['two accounts, with keys', large], ['one account', small]])('in %s', (_, templates) => {
  test('S55: no policy lets anybody do everything, or anything with everything', () => {
    const wide = policiesOf(templates).flatMap(({ kind, of, document }) => document.Statement
      .filter(({ Effect }) => Effect === 'Allow')
      .filter(({ Action, Resource = [], Principal }) => [Action].flat().some((action) => /^\*$|:\*$/.test(action)) || (kind === 'identity' && [Resource].flat().includes('*')) || isEveryone(Principal))
      .map(({ Sid, Action }) => `${kind} ${of} ${Sid ?? ''} ${String(Action)}`));
    expect(wide.filter((found) => !isToBe(found))).toEqual([]);
  });

  test('S55: everything that keeps events or orders is encrypted', () => {
    for (const { Properties } of all(templates, 'AWS::SQS::Queue')) expect(Properties['SqsManagedSseEnabled'] ?? Properties['KmsMasterKeyId']).toBeTruthy();
    for (const { Properties } of all(templates, 'AWS::RDS::DBCluster')) expect(Properties).toMatchObject({ StorageEncrypted: true, DeletionProtection: true });
    for (const { Properties } of all(templates, 'AWS::S3::Bucket')) expect(Properties).toHaveProperty('BucketEncryption');
  });

  test('S55: every rule has dead letters and every queue of its own has them too, and retries are written out', () => {
    for (const { Properties: { Targets } } of all(templates, 'AWS::Events::Rule')) {
      for (const target of Targets) {
        expect(target.DeadLetterConfig.Arn).toBeDefined();
        expect(target.RetryPolicy).toEqual({ MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 });
      }
    }
    const deadLetters = all(templates, 'AWS::SQS::Queue').filter(({ Properties: { QueueName } }) => /-(dead|undelivered|undecrypted)$/.test(QueueName));
    for (const { Properties } of all(templates, 'AWS::SQS::Queue').filter((queue) => !deadLetters.includes(queue))) expect(Properties['RedrivePolicy']).toMatchObject({ maxReceiveCount: 5 });
  });

  test('a dead-letter queue keeps longer than what it is for: the time of a message runs on from when it was first sent', () => {
    const days = ({ Properties }: { readonly Properties: Record<string, unknown> }): number => Number(Properties['MessageRetentionPeriod']) / 86_400;
    const isDead = ({ Properties }: { readonly Properties: Record<string, any> }): boolean => /-(dead|undelivered|undecrypted)$/.test(Properties['QueueName']);
    const queues = all(templates, 'AWS::SQS::Queue');
    expect(new Set(queues.filter(isDead).map(days))).toEqual(new Set([14]));
    expect(new Set(queues.filter((queue) => !isDead(queue)).map(days))).toEqual(new Set([7]));
  });

  test('S55: nobody sends to a queue but on behalf of the one rule or bus that the policy names', () => {
    const senders = policiesOf(templates).filter(({ of }) => of.includes(':sqs:')).flatMap(({ document }) => document.Statement.filter(({ Effect }) => Effect === 'Allow'));
    expect(senders.length).toBeGreaterThan(1);
    for (const { Action, Condition } of senders) {
      expect(Action).toBe('sqs:SendMessage');
      expect(Condition).toEqual({ ArnEquals: { 'aws:SourceArn': expect.stringMatching(/^arn:aws:events:[\w-]+:\d{12}:(rule\/order-fulfillment|event-bus)\/[\w-]+$/) } });
    }
  });

  test('S55: whoever may subscribe is an account that is named', () => {
    const allowed = policiesOf(templates).filter(({ of }) => of.includes(':event-bus/')).flatMap(({ document }) => document.Statement.filter(({ Effect }) => Effect === 'Allow'));
    for (const { Principal, Condition } of allowed) {
      expect(Principal).toEqual({ AWS: `arn:aws:iam::${templates === large ? CC : OF}:root` });
      expect(Condition).toMatchObject({ StringEqualsIfExists: { 'events:creatorAccount': '${aws:PrincipalAccount}' } });
    }
  });

  test('no template waits for itself, and none takes a value from another owner', () => {
    for (const name of templates.keys()) expect(() => assertions(templates, name)).not.toThrow();
    expect(JSON.stringify([...templates.values()])).not.toContain('Fn::ImportValue');
  });
});

const isEveryone = (principal: unknown): boolean => principal === '*' || (principal as { AWS?: unknown } | undefined)?.AWS === '*';
/** The owner of a key can always mend its policy; a token for ECR, and the lists of replays and rules, are for no resource; ALB's own account writes its logs. */
const isToBe = (found: string): boolean =>
  /^resource arn:aws:kms:.* kms:\*$/.test(found) || /^identity .*ExecutionRole.* ecr:GetAuthorizationToken$/.test(found) || /^identity .*-operations (?:ListReplays events:ListReplays|ListRules events:ListRules)$/.test(found);

describe('with the bus in another account', () => {
  const stack = assertions(large, 'CommerceCoordinatorStack');
  const ruleArn = arn(`:events:eu-central-1:${OF}:rule/order-fulfillment/commerce-coordinator-fulfillment-events`);

  test('the rule is put on that bus by its ARN', () => {
    stack.hasResourceProperties('AWS::Events::Rule', { EventBusName: arn(`:events:eu-central-1:${OF}:event-bus/order-fulfillment`) });
  });

  test('the rule belongs to the account of the bus, and so the queue, its dead letters and the key name it', () => {
    stack.resourcePropertiesCountIs('AWS::SQS::QueuePolicy', {
      PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Action: 'sqs:SendMessage', Condition: { ArnEquals: { 'aws:SourceArn': ruleArn } } })]) },
    }, 2);
    stack.hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: { Statement: Match.arrayWith([Match.objectLike({ Sid: 'RuleFillsTheQueue', Condition: { ArnEquals: { 'aws:SourceArn': ruleArn } } })]) },
    });
  });

  test('its owner lets this account make rules, and aim them at queues of this account', () => {
    assertions(large, 'OrderFulfillmentStack').hasResourceProperties('AWS::Events::EventBusPolicy', {
      Statement: Match.objectLike({
        Action: 'events:PutTargets', Principal: { AWS: arn(`:iam::${CC}:root`) }, Resource: arn(`:events:eu-central-1:${OF}:rule/order-fulfillment/*`),
        Condition: { 'ForAllValues:ArnLike': { 'events:TargetArn': arn(`:sqs:*:${CC}:*`) }, Null: { 'events:TargetArn': 'false' }, StringEqualsIfExists: { 'events:creatorAccount': '${aws:PrincipalAccount}' } },
      }),
    });
  });
});

test('with the bus in the same account the rule is put on it by its name', () => {
  assertions(small, 'CommerceCoordinatorStack').hasResourceProperties('AWS::Events::Rule', { EventBusName: 'order-fulfillment' });
});

describe('with a key of its own an owner encrypts', () => {
  const key = { 'Fn::GetAtt': [Match.stringLikeRegexp('^Key'), 'Arn'] };

  test('its bus, and has a place for what can no longer be decrypted that does not need the key', () => {
    for (const name of ['OrderFulfillmentStack', 'OrderFulfillmentReplicaStack', 'CommerceCoordinatorStack']) {
      assertions(large, name).hasResourceProperties('AWS::Events::EventBus', { KmsKeyIdentifier: key, DeadLetterConfig: { Arn: Match.anyValue() } });
      assertions(large, name).hasResourceProperties('AWS::SQS::Queue', { QueueName: Match.stringLikeRegexp('-undecrypted$'), SqsManagedSseEnabled: true });
    }
  });

  test('its archives, which otherwise name no key at all', () => {
    for (const name of ['OrderFulfillmentStack', 'OrderFulfillmentReplicaStack', 'CommerceCoordinatorStack']) assertions(large, name).allResourcesProperties('AWS::Events::Archive', { KmsKeyIdentifier: key });
    for (const { Properties } of all(small, 'AWS::Events::Archive')) expect(Properties).not.toHaveProperty('KmsKeyIdentifier');
  });

  test('the queues of its subscription, filled by no other rule for all that', () => {
    assertions(large, 'CommerceCoordinatorStack').resourcePropertiesCountIs('AWS::SQS::Queue', { QueueName: Match.stringLikeRegexp('^commerce-coordinator-fulfillment-events'), KmsMasterKeyId: key }, 3);
  });
});

describe('a second region', () => {
  const first = assertions(large, 'OrderFulfillmentStack');

  test('gets every event that was published in the first, by a rule with dead letters', () => {
    first.hasResourceProperties('AWS::Events::Rule', {
      Name: 'order-fulfillment-to-eu-west-1', EventPattern: { source: ['order-fulfillment'], region: ['eu-central-1'] },
      Targets: [Match.objectLike({ Arn: arn(`:events:eu-west-1:${OF}:event-bus/order-fulfillment`), RoleArn: Match.anyValue(), DeadLetterConfig: Match.anyValue() })],
    });
  });

  test('has the bus with its archive and its policy, and copies nothing back', () => {
    const second = assertions(large, 'OrderFulfillmentReplicaStack');
    second.hasResourceProperties('AWS::Events::Archive', { ArchiveName: 'order-fulfillment-fulfillment-events', RetentionDays: 365 });
    second.resourceCountIs('AWS::Events::EventBusPolicy', 5);
    second.resourceCountIs('AWS::Events::Rule', 0);
    expect(large.get('OrderFulfillmentReplicaStack')).toMatchObject({ account: OF, region: 'eu-west-1' });
  });

  test('is one property: without it there is neither rule nor stack', () => {
    expect(small.has('OrderFulfillmentReplicaStack')).toBe(false);
    assertions(small, 'OrderFulfillmentStack').resourceCountIs('AWS::Events::Rule', 0);
  });
});

describe('alarms', () => {
  const stack = assertions(large, 'CommerceCoordinatorStack');

  test('tell of age, depth, deliveries that failed, and dead letters', () => {
    const alarms = Object.fromEntries(Object.values(stack.findResources('AWS::CloudWatch::Alarm')).map(({ Properties: { AlarmName, MetricName, Threshold } }) => [AlarmName.replace(/^.*-/, ''), `${MetricName} > ${Threshold}`]));
    expect(alarms).toEqual({
      Age: 'ApproximateAgeOfOldestMessage > 300', Depth: 'ApproximateNumberOfMessagesVisible > 10000', DeadLetters: 'ApproximateNumberOfMessagesVisible > 0',
      Undelivered: 'ApproximateNumberOfMessagesVisible > 0', Undecrypted: 'ApproximateNumberOfMessagesVisible > 0', FailedInvocations: 'FailedInvocations > 0', LostDeadLetters: 'InvocationsFailedToBeSentToDlq > 0',
    });
    stack.allResourcesProperties('AWS::CloudWatch::Alarm', { AlarmActions: [`arn:aws:sns:eu-central-1:${CC}:alarms`], TreatMissingData: 'notBreaching' });
  });

  test('ring for every queue in which dead letters wait, in the region of the queue', () => {
    for (const [name, { template, account, region }] of large) {
      const of = (type: string): Resource['Properties'][] => Object.values(template.Resources).filter(({ Type }) => Type === type).map(({ Properties }) => Properties);
      const dead = Object.entries(template.Resources).filter(([, { Type, Properties }]) => Type === 'AWS::SQS::Queue' && /-(dead|undelivered|undecrypted)$/.test(Properties['QueueName'])).map(([id]) => id);
      const rung = of('AWS::CloudWatch::Alarm').filter(({ MetricName, Threshold }) => MetricName === 'ApproximateNumberOfMessagesVisible' && Threshold === 0);
      expect([name, rung.map(({ Dimensions: [{ Value }] }) => Value['Fn::GetAtt'][0]).toSorted()]).toEqual([name, dead.toSorted()]);
      for (const { AlarmActions, OKActions } of rung) expect([AlarmActions, OKActions]).toEqual([[`arn:aws:sns:${region}:${account}:alarms`], [`arn:aws:sns:${region}:${account}:alarms`]]);
    }
    assertions(large, 'OrderFulfillmentStack').resourceCountIs('AWS::CloudWatch::Alarm', 4);
    assertions(large, 'OrderFulfillmentReplicaStack').resourceCountIs('AWS::CloudWatch::Alarm', 1);
  });

  test('of deliveries by the rules of another account stand in the account of the bus too', () => {
    const ofRules = (templates: typeof large): string[] => Object.values(assertions(templates, 'OrderFulfillmentStack').findResources('AWS::CloudWatch::Alarm'))
      .flatMap(({ Properties: { AlarmName, Metrics, Threshold } }) => (Metrics === undefined ? [] : [`${AlarmName}: ${Metrics[0].Expression} > ${Threshold}`]));
    const from = `FROM SCHEMA("AWS/Events", EventBusName, RuleName) WHERE EventBusName = 'order-fulfillment' > 0`;
    expect(ofRules(large)).toEqual([
      `order-fulfillment-FailedInvocations: SELECT SUM(FailedInvocations) ${from}`, `order-fulfillment-LostDeadLetters: SELECT SUM(InvocationsFailedToBeSentToDlq) ${from}`,
    ]);
    expect(ofRules(small)).toEqual([]);
  });

  test('stand beside a dashboard', () => {
    stack.resourceCountIs('AWS::CloudWatch::Dashboard', 1);
  });
});

describe('a service', () => {
  const partsOf = (name: string): Record<string, { role: string | undefined; container: Record<string, any> }> =>
    Object.fromEntries(Object.values(templateOf(large, name).Resources).filter(({ Type }) => Type === 'AWS::ECS::TaskDefinition').map(({ Properties }) => {
      const [container] = Properties['ContainerDefinitions'];
      const value = (variable: string): string => container.Environment.find(({ Name }: { Name: string }) => Name === variable)?.Value;
      return [value('ROLES'), { role: /role\/([\w-]+)/.exec(JSON.stringify(Properties['TaskRoleArn']))?.[1], container }];
    }));

  test('runs each of its roles as tasks of their own, with the rights of that role', () => {
    const rolesOf = (name: string): Record<string, string | undefined> => Object.fromEntries(Object.entries(partsOf(name)).map(([part, { role }]) => [part, role]));
    expect(rolesOf('OrderFulfillmentServiceStack')).toEqual({ api: 'order-fulfillment-api', readers: 'order-fulfillment-publisher' });
    expect(rolesOf('CommerceCoordinatorServiceStack')).toEqual({ 'api,ingest': 'commerce-coordinator-operations', consumer: 'commerce-coordinator-consumer', readers: 'commerce-coordinator-publisher' });
  });

  test('takes its image from ECR by its tag, and writes no files', () => {
    for (const { container } of Object.values(partsOf('CommerceCoordinatorServiceStack'))) {
      expect(JSON.stringify(container['Image'])).toMatch(/commerce-coordinator:2026-11-21/);
      expect(container['ReadonlyRootFilesystem']).toBe(true);
      expect(container['StopTimeout']).toBe(30);
    }
    for (const { template } of large.values()) expect(JSON.stringify(template)).not.toMatch(/cdk-hnb659fds-(container-)?assets/);
  });

  test('gets what is secret from Secrets Manager, and nothing secret otherwise', () => {
    const [{ container } = { container: {} as Record<string, any> }] = Object.values(partsOf('CommerceCoordinatorServiceStack'));
    const secrets = Object.fromEntries(container['Secrets'].map(({ Name, ValueFrom }: { Name: string; ValueFrom: unknown }) => [Name, ValueFrom]));
    expect(Object.keys(secrets)).toEqual(['DATABASE_URL', 'INGEST_CLIENT_SECRET', 'OF_CLIENT_SECRET', 'PAYMENTS_API_KEY', 'PAYMENTS_WEBHOOK_SECRET', 'PERSONAL_DATA_KEY', 'SEAL_KEY', 'SMTP_URL', 'WEBHOOK_SECRETS_KEY']);
    expect(secrets['OF_CLIENT_SECRET']).toBe(`arn:aws:secretsmanager:eu-central-1:${CC}:secret:commerce-coordinator/secrets-AbCdEf:OF_CLIENT_SECRET::`);
    expect(secrets['DATABASE_URL']).toEqual({ Ref: expect.stringMatching(/^DatabaseUrl/) });
    expect(container['Environment'].map(({ Name }: { Name: string }) => Name).filter((name: string) => name in secrets)).toEqual([]);
  });

  test('reaches its database by a URL that is made when it is deployed, over TLS', () => {
    const [url] = all(large, 'AWS::SecretsManager::Secret').filter(({ Properties }) => Properties['Name'] === 'commerce-coordinator/database-url');
    expect(JSON.stringify(url?.Properties['SecretString'])).toMatch(/postgres:\/\/commerce_coordinator:\{\{resolve:secretsmanager:.*:SecretString:password::\}\}@.*\/commerce_coordinator\?sslmode=verify-full/);
    for (const { Properties } of all(large, 'AWS::RDS::DBInstance')) expect(Properties).toMatchObject({ DBInstanceClass: 'db.serverless', PubliclyAccessible: false });
  });

  test('says no number of tasks, which a deployment would set anew whatever scaling had done', () => {
    const services = all(large, 'AWS::ECS::Service');
    expect(services.length).toBeGreaterThan(3);
    for (const { Properties } of services) expect(Properties).not.toHaveProperty('DesiredCount');
  });

  test('adds consumers when messages grow old, and other tasks when they have much to do', () => {
    const stack = assertions(large, 'CommerceCoordinatorServiceStack');
    stack.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'ApproximateAgeOfOldestMessage', Dimensions: [{ Name: 'QueueName', Value: 'commerce-coordinator-fulfillment-events' }], ComparisonOperator: 'GreaterThanOrEqualToThreshold', Threshold: 30,
    });
    stack.resourcePropertiesCountIs('AWS::ApplicationAutoScaling::ScalingPolicy', { TargetTrackingScalingPolicyConfiguration: { PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' } } }, 2);
  });

  test('rings when no figures are written, for then no other alarm over them can', () => {
    for (const name of ['commerce-coordinator', 'order-fulfillment']) {
      const stack = assertions(large, name === 'commerce-coordinator' ? 'CommerceCoordinatorServiceStack' : 'OrderFulfillmentServiceStack');
      stack.hasResourceProperties('AWS::CloudWatch::Alarm', {
        AlarmName: `${name}-FiguresMissing`, Namespace: `Commerce/${name}`, MetricName: 'workRows', Statistic: 'SampleCount', ComparisonOperator: 'LessThanThreshold', Threshold: 1, EvaluationPeriods: 5, TreatMissingData: 'breaching',
      });
      stack.hasResourceProperties('AWS::Logs::MetricFilter', { MetricTransformations: [Match.objectLike({ MetricNamespace: `Commerce/${name}`, MetricName: 'workRows' })] });
    }
  });

  test('keeps its tasks off the internet, and its API too unless it is asked to open it', () => {
    for (const { Properties } of all(large, 'AWS::ECS::Service')) expect(Properties['NetworkConfiguration'].AwsvpcConfiguration.AssignPublicIp).toBe('DISABLED');
    const schemes = (templates: Templates): string[] => all(templates, 'AWS::ElasticLoadBalancingV2::LoadBalancer').map(({ Properties }) => Properties['Scheme']);
    expect(schemes(large)).toEqual(['internet-facing', 'internet-facing']);
    expect(schemes(small)).toEqual(['internal', 'internal']);
    for (const { Properties } of all(large, 'AWS::ElasticLoadBalancingV2::Listener')) expect(Properties).toMatchObject({ Port: 443, Protocol: 'HTTPS' });
  });

  test('reaches AWS through endpoints, the queue only where there is one', () => {
    const endpoints = (name: string): number => Object.values(templateOf(large, name).Resources).filter(({ Type }) => Type === 'AWS::EC2::VPCEndpoint').length;
    expect([endpoints('OrderFulfillmentServiceStack'), endpoints('CommerceCoordinatorServiceStack')]).toEqual([6, 7]);
  });
});

describe('S46: a deployment is refused', () => {
  const changed = (change: (deployment: any) => void): (() => unknown) => () => {
    const deployment = JSON.parse(EXAMPLE);
    change(deployment);
    return readDeployment(JSON.stringify(deployment));
  };
  test.each<[string, (deployment: any) => void, RegExp]>([
    ['an account that is none', (deployment) => { deployment.orderFulfillment.account = '12'; }, /twelve digits/],
    ['a property that does not exist', (deployment) => { deployment.commerceCoordinator.replicaregion = 'eu-west-1'; }, /Unrecognized key: "replicaregion"/],
    ['an address without TLS', (deployment) => { deployment.commerceCoordinator.service.url = 'http://orders.example.com'; }, /Invalid URL/],
    ['an issuer without TLS', (deployment) => { deployment.orderFulfillment.service.issuerUrl = 'http://id.example.com'; }, /Invalid URL/],
    ['an address with a slash at its end', (deployment) => { deployment.commerceCoordinator.service.url += '/'; }, /must not end in a slash/],
    ['no owner at all', (deployment) => { delete deployment.orderFulfillment; delete deployment.commerceCoordinator; }, /must have a section/],
    ['a subscriber in a region where there is no bus', (deployment) => { deployment.commerceCoordinator.region = 'us-east-1'; }, /give orderFulfillment the replicaRegion us-east-1/],
  ])('with %s', (_, change, reason) => {
    expect(changed(change)).toThrow(reason);
  });

  test('with more subscribers than the policy of a bus can name', () => {
    const named = (count: number) => (): unknown => templatesOf((deployment) => {
      toBuses(deployment);
      deployment.orderFulfillment.subscriberAccounts = Array.from({ length: count }, (_, index) => String(300_000_000_000 + index));
    });
    expect(named(19)).toThrow(/policy of the bus order-fulfillment has \d{5} characters, and AWS takes 10240: the 19 accounts in subscriberAccounts are too many\. Name fewer/);
    expect(named(18)).not.toThrow();
  });

  test('but not in the region of the copy', () => {
    expect(changed((deployment) => { deployment.commerceCoordinator.region = 'eu-west-1'; })).not.toThrow();
  });

  test('and each owner can have a file of his own', () => {
    const one = templatesOf((deployment) => {
      toBuses(deployment);
      delete deployment.orderFulfillment;
      deployment.commerceCoordinator.orderFulfillmentAccount = OF;
    });
    assertions(one, 'CommerceCoordinatorStack').hasResourceProperties('AWS::Events::Rule', { EventBusName: arn(`:events:eu-central-1:${OF}:event-bus/order-fulfillment`) });
  });
});
