/**
 * The database of one service: Aurora PostgreSQL Serverless v2, a writer and a reader that can take over, encrypted, kept when the
 * stack goes. The password is made by Secrets Manager and is never seen; the services take one URL, which is a secret too.
 */
import { Duration, RemovalPolicy, SecretValue, Validations } from 'aws-cdk-lib';
import { SubnetType, type IVpc } from 'aws-cdk-lib/aws-ec2';
import { AuroraPostgresEngineVersion, ClusterInstance, Credentials, DatabaseCluster, DatabaseClusterEngine } from 'aws-cdk-lib/aws-rds';
import { Secret, type ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

export interface DatabaseProps {
  readonly vpc: IVpc;
  /** Of the service; the database has the same with underscores. */
  readonly name: string;
  /** Aurora capacity units; one is about 2 GiB. @default 0.5 and 16 */
  readonly capacity?: { readonly minimum: number; readonly maximum: number } | undefined;
}

export interface ServiceDatabase {
  readonly cluster: DatabaseCluster;
  /** Holds DATABASE_URL. */
  readonly url: ISecret;
}

/** Between the versions on which the tests run. */
const VERSION = AuroraPostgresEngineVersion.VER_17_9;
const PARAMETERS = { 'rds.force_ssl': '1', max_locks_per_transaction: '256' };

export function makeDatabase(scope: Construct, { vpc, name, capacity = { minimum: 0.5, maximum: 16 } }: DatabaseProps): ServiceDatabase {
  const user = name.replaceAll('-', '_');
  // Before the database, which would make it without an end.
  const log = new LogGroup(scope, 'DatabaseLog', { logGroupName: `/aws/rds/cluster/${name}/postgresql`, retention: RetentionDays.THREE_MONTHS, removalPolicy: RemovalPolicy.DESTROY });
  const cluster = new DatabaseCluster(scope, 'Database', {
    clusterIdentifier: name,
    engine: DatabaseClusterEngine.auroraPostgres({ version: VERSION }),
    parameters: PARAMETERS,
    writer: ClusterInstance.serverlessV2('Writer', { enablePerformanceInsights: true }),
    readers: [ClusterInstance.serverlessV2('Reader', { scaleWithWriter: true, enablePerformanceInsights: true })],
    serverlessV2MinCapacity: capacity.minimum,
    serverlessV2MaxCapacity: capacity.maximum,
    // No character that means something in a URL.
    credentials: Credentials.fromGeneratedSecret(user, { secretName: `${name}/database`, excludeCharacters: ' %+~`#$&*()|[]{}:;<>?!\'/@"\\^,=' }),
    defaultDatabaseName: user,
    vpc,
    vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
    storageEncrypted: true,
    iamAuthentication: true,
    deletionProtection: true,
    removalPolicy: RemovalPolicy.SNAPSHOT,
    backup: { retention: Duration.days(14) },
    cloudwatchLogsExports: ['postgresql'],
    copyTagsToSnapshot: true,
  });
  cluster.node.addDependency(log);
  Validations.of(cluster).acknowledge(
    { id: 'AwsSolutions-RDS11', reason: 'Another port hides nothing: only the tasks of this service reach the database at all.' },
    { id: 'AwsSolutions-SMG4', reason: 'The URL of the database is made of the password and would not follow by itself: docs/deploy.md says how both are changed.' },
  );
  return { cluster, url: makeUrl(scope, cluster, name, user) };
}

/** CloudFormation puts the password in when it deploys: it stands in no template. */
function makeUrl(scope: Construct, cluster: DatabaseCluster, name: string, user: string): ISecret {
  const password = cluster.secret?.secretValueFromJson('password').unsafeUnwrap() ?? '';
  const { hostname, port } = cluster.clusterEndpoint;
  const url = new Secret(scope, 'DatabaseUrl', {
    secretName: `${name}/database-url`, description: 'DATABASE_URL of the tasks',
    secretStringValue: SecretValue.unsafePlainText(`postgres://${user}:${password}@${hostname}:${port}/${user}?sslmode=verify-full`),
  });
  Validations.of(url).acknowledge({ id: 'AwsSolutions-SMG4', reason: 'It is changed with the password of the database: docs/deploy.md says how.' });
  return url as ISecret;
}
