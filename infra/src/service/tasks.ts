/**
 * The parts of one service as tasks on Fargate, all from one image: what a part does is said by ROLES, what it may do on AWS by its
 * role. Files cannot be written, secrets come from Secrets Manager when a task starts, and a part that is deployed wrongly is
 * taken back by itself.
 */
import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { AdjustmentType } from 'aws-cdk-lib/aws-applicationautoscaling';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { SubnetType } from 'aws-cdk-lib/aws-ec2';
import { Repository } from 'aws-cdk-lib/aws-ecr';
import {
  Cluster, ContainerImage, ContainerInsights, CpuArchitecture, FargateService, FargateTaskDefinition, LogDrivers, OperatingSystemFamily, Secret as TaskSecret, type ICluster,
} from 'aws-cdk-lib/aws-ecs';
import { Role, type IRole } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays, type ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { DatabaseCluster } from 'aws-cdk-lib/aws-rds';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { Network } from './network.ts';

/** How many tasks of a part run, and how large they are. */
export interface PartSize {
  /** @default 2 */
  readonly minimum?: number | undefined;
  /** @default 8 */
  readonly maximum?: number | undefined;
  /** 1024 is one core. @default 512 */
  readonly cpu?: number | undefined;
  /** @default 1024 */
  readonly memoryMiB?: number | undefined;
}

export interface TasksProps {
  readonly name: string;
  readonly network: Network;
  /** In ECR, in the account and region of the stack. */
  readonly image: { readonly repository: string; readonly tag: string };
  /** Where the health checks and, in the part `api`, the API are. */
  readonly port: number;
  readonly environment: Readonly<Record<string, string>>;
  /** A secret with one value, and the variables that are members of another secret. */
  readonly databaseUrl: ISecret;
  readonly secrets: ISecret;
  readonly secretVariables: readonly string[];
  readonly database: DatabaseCluster;
}

export interface Part {
  /** A value of ROLES. */
  readonly part: string;
  /** All of ROLES, where it is more than that. @default the part */
  readonly roles?: string;
  /** The role's name, made by the owner's other stack; without one the part may do nothing on AWS. */
  readonly role?: string;
  readonly size?: PartSize | undefined;
  /** The queue whose oldest message says how many tasks are needed; otherwise their load does. */
  readonly scaleOnAgeOf?: string;
}

const LOGS_KEPT = RetentionDays.THREE_MONTHS;
/** The services end within 25 s; ECS waits for them. */
const STOP_TIMEOUT = Duration.seconds(30);
/** The age of the oldest message, in seconds, above which tasks are added. */
const AGE_STEPS = [{ upper: 5, change: -1 }, { lower: 30, change: 1 }, { lower: 120, change: 3 }];

export class Tasks extends Construct {
  readonly #props: TasksProps;
  readonly #cluster: ICluster;
  readonly #logGroups = new Map<string, ILogGroup>();

  constructor(scope: Construct, id: string, props: TasksProps) {
    super(scope, id);
    this.#props = props;
    this.#cluster = new Cluster(this, 'Cluster', { vpc: props.network.vpc, clusterName: props.name, containerInsightsV2: ContainerInsights.ENABLED }) as ICluster;
  }

  /** Where the part writes its log. */
  logGroupOf(part: string): ILogGroup | undefined {
    return this.#logGroups.get(part);
  }

  add({ part, roles = part, role, size = {}, scaleOnAgeOf }: Part): FargateService {
    // Without a count: one in the template would undo at each deployment what scaling had done. The first task is followed by what the minimum asks for.
    const service = new FargateService(this, `${part}-service`, {
      cluster: this.#cluster, serviceName: part, taskDefinition: this.#define(part, roles, role, size),
      vpcSubnets: { subnetType: SubnetType.PRIVATE_WITH_EGRESS }, assignPublicIp: false,
      minHealthyPercent: 100, maxHealthyPercent: 200, circuitBreaker: { rollback: true },
    });
    this.#props.database.connections.allowDefaultPortFrom(service);
    for (const endpoint of this.#props.network.endpoints) endpoint.connections.allowDefaultPortFrom(service);
    this.#scale(service, size, scaleOnAgeOf);
    return service;
  }

  #define(part: string, roles: string, role: string | undefined, { cpu = 512, memoryMiB = 1024 }: PartSize): FargateTaskDefinition {
    const { name, image, port, environment } = this.#props;
    const taskRole: IRole | undefined = role === undefined ? undefined : Role.fromRoleName(this, `${part}-role`, role, { mutable: false });
    const definition = new FargateTaskDefinition(this, part, {
      family: `${name}-${part}`, cpu, memoryLimitMiB: memoryMiB, ...(taskRole !== undefined && { taskRole }),
      runtimePlatform: { cpuArchitecture: CpuArchitecture.X86_64, operatingSystemFamily: OperatingSystemFamily.LINUX },
    });
    const logGroup = new LogGroup(this, `${part}-log`, { logGroupName: `/commerce/${name}/${part}`, retention: LOGS_KEPT, removalPolicy: RemovalPolicy.DESTROY });
    this.#logGroups.set(part, logGroup);
    definition.addContainer('service', {
      image: ContainerImage.fromEcrRepository(Repository.fromRepositoryName(this, `${part}-repository`, image.repository), image.tag),
      environment: { ...environment, ROLES: roles },
      secrets: this.#secrets(),
      portMappings: [{ containerPort: port }],
      readonlyRootFilesystem: true,
      stopTimeout: STOP_TIMEOUT,
      healthCheck: { command: ['CMD', 'node', '-e', `fetch('http://127.0.0.1:${port}/health/live').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))`], startPeriod: Duration.seconds(60) },
      logging: LogDrivers.awsLogs({ streamPrefix: part, logGroup }),
    });
    Validations.of(definition).acknowledge(
      { id: 'AwsSolutions-ECS2', reason: 'What stands in the environment is no secret; secrets come from Secrets Manager.' },
      { id: 'AwsSolutions-IAM5[Resource::*]', reason: 'ecr:GetAuthorizationToken knows no resource.' },
    );
    return definition;
  }

  #secrets(): Record<string, TaskSecret> {
    const { databaseUrl, secrets, secretVariables } = this.#props;
    return {
      DATABASE_URL: TaskSecret.fromSecretsManager(databaseUrl),
      ...Object.fromEntries(secretVariables.map((variable) => [variable, TaskSecret.fromSecretsManager(secrets, variable)])),
    };
  }

  #scale(service: FargateService, { minimum = 2, maximum = 8 }: PartSize, queueName: string | undefined): void {
    const scaling = service.autoScaleTaskCount({ minCapacity: minimum, maxCapacity: maximum });
    if (queueName === undefined) {
      scaling.scaleOnCpuUtilization('Load', { targetUtilizationPercent: 60 });
      return;
    }
    const age = new Metric({
      namespace: 'AWS/SQS', metricName: 'ApproximateAgeOfOldestMessage', dimensionsMap: { QueueName: queueName }, statistic: 'Maximum', period: Duration.minutes(1), region: Stack.of(this).region,
    });
    scaling.scaleOnMetric('QueueAge', { metric: age, scalingSteps: AGE_STEPS, adjustmentType: AdjustmentType.CHANGE_IN_CAPACITY, cooldown: Duration.minutes(1), evaluationPeriods: 1 });
  }
}
