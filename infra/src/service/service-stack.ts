/**
 * One service on AWS: its network, its database, its parts as tasks, and the way in. The stack that owns bus, queue and roles is
 * deployed before; this one takes their names.
 *
 * Nothing is built here: the image is in ECR already, and what is secret is in Secrets Manager already.
 */
import { CfnOutput, Fn, Stack, type App, type StackProps } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ServiceName } from '../alarm-table.ts';
import type { BusSettings } from '../bus-queues.ts';
import { FigureAlarms } from '../figure-alarms.ts';
import { makeDatabase } from './database.ts';
import { makeFront } from './front.ts';
import { makeNetwork } from './network.ts';
import { Tasks, type Part, type PartSize } from './tasks.ts';

/** What whoever deploys a service says of it. */
export interface ServiceSettings {
  readonly image: { readonly repository: string; readonly tag: string };
  /** The address under which clients know the service, without a slash at its end. */
  readonly url: string;
  /** In ACM, for the host of `url`. */
  readonly certificateArn: string;
  /** @default private */
  readonly exposure?: 'private' | 'internet' | undefined;
  /** The secret whose members are the secret variables of the service. */
  readonly secretsArn: string;
  /** Secret variables that are optional and stand in the secret, for example the one that held before. @default none */
  readonly optionalSecrets?: readonly string[] | undefined;
  /** Variables of the service that are no secrets, over those that the stack sets. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** SNS topic that is told of every alarm. @default nobody is told */
  readonly alarmTopicArn?: string | undefined;
  /** As the stack of the bus was given it: the service is told of the queues in which EventBridge leaves events. @default there are none */
  readonly bus?: BusSettings | undefined;
  readonly natGateways?: number | undefined;
  readonly databaseCapacity?: { readonly minimum: number; readonly maximum: number } | undefined;
  /** By part. */
  readonly sizes?: Readonly<Record<string, PartSize>> | undefined;
}

export interface ServiceStackProps extends StackProps {
  readonly stackName: string;
  /** The beginning of all names of this service. */
  readonly name: ServiceName;
  readonly settings: ServiceSettings;
  readonly port: number;
  /** Variables that the stack sets. */
  readonly environment: (stack: Stack) => Readonly<Record<string, string>>;
  /** Secret variables without which the service does not start, DATABASE_URL apart. */
  readonly secretVariables: readonly string[];
  readonly parts: readonly Part[];
}

/** Of the part that takes requests. */
const API = 'api';
/** Of the part that writes the figures. */
const READERS = 'readers';

export class ServiceStack extends Stack {
  constructor(app: App, { stackName, name, settings, port, environment, secretVariables, parts, ...props }: ServiceStackProps) {
    super(app, stackName, { description: `The service ${name}: network, database, tasks`, ...props });
    const readsQueue = parts.some(({ scaleOnAgeOf }) => scaleOnAgeOf !== undefined);
    const network = makeNetwork(this, { natGateways: settings.natGateways, readsQueue });
    const { vpc } = network;
    const { cluster: database, url: databaseUrl } = makeDatabase(this, { vpc, name, capacity: settings.databaseCapacity });
    const tasks = new Tasks(this, 'Tasks', {
      name, network, port, database, databaseUrl,
      image: settings.image,
      environment: { NODE_ENV: 'production', AWS_REGION: this.region, ...environment(this), ...settings.environment },
      secrets: Secret.fromSecretCompleteArn(this, 'Secrets', settings.secretsArn),
      secretVariables: [...secretVariables, ...(settings.optionalSecrets ?? [])],
    });
    const services = new Map(parts.map((part) => [part.part, tasks.add({ ...part, size: settings.sizes?.[part.part] })]));
    const readersLog = tasks.logGroupOf(READERS);
    if (readersLog !== undefined) new FigureAlarms(this, 'Alarms', { service: name, logGroup: readersLog, topicArn: settings.alarmTopicArn });
    const target = services.get(API);
    if (target === undefined) throw new Error(`The service ${name} has no part ${API}`);
    const front = makeFront(this, { vpc, certificateArn: settings.certificateArn, exposure: settings.exposure ?? 'private', target, port });
    new CfnOutput(this, 'FrontHost', { value: front.loadBalancerDnsName, description: `The name in ${settings.url} must lead here` });
  }

  /** By their place, so that no account has to be asked when templates are made. */
  override get availabilityZones(): string[] {
    return [0, 1].map((index) => Fn.select(index, Fn.getAzs(this.region)));
  }
}
