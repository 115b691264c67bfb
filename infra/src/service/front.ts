/**
 * The way in: a load balancer that speaks TLS only and writes down who came. By default it is inside the network; `internet` opens
 * it to everyone, which the callbacks of a provider outside need.
 */
import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { Peer, Port, SubnetType, type IVpc } from 'aws-cdk-lib/aws-ec2';
import { ApplicationLoadBalancer, ApplicationProtocol, SslPolicy, type IApplicationLoadBalancerTarget } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { BlockPublicAccess, Bucket, BucketEncryption, type IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { NETWORK_CIDR } from './network.ts';

export interface FrontProps {
  readonly vpc: IVpc;
  /** In ACM, in the region of the stack, for the host of the service's URL. */
  readonly certificateArn: string;
  readonly exposure: 'private' | 'internet';
  readonly target: IApplicationLoadBalancerTarget;
  readonly port: number;
}

const LOGS_KEPT = Duration.days(90);
/** A little more than a load balancer needs to see that a task is going. */
const DRAIN = Duration.seconds(15);

export function makeFront(scope: Construct, { vpc, certificateArn, exposure, target, port }: FrontProps): ApplicationLoadBalancer {
  const isOpen = exposure === 'internet';
  const front = new ApplicationLoadBalancer(scope, 'Front', {
    vpc, internetFacing: isOpen, vpcSubnets: { subnetType: isOpen ? SubnetType.PUBLIC : SubnetType.PRIVATE_WITH_EGRESS },
    dropInvalidHeaderFields: true, deletionProtection: true,
  });
  front.logAccessLogs(makeLogBucket(scope));
  const listener = front.addListener('Https', { port: 443, protocol: ApplicationProtocol.HTTPS, certificates: [{ certificateArn }], sslPolicy: SslPolicy.RECOMMENDED_TLS, open: isOpen });
  if (isOpen) Validations.of(front).acknowledge({ id: 'AwsSolutions-EC23', reason: 'It is the public API: everyone may knock, and every route asks for a token or a signature.' });
  else listener.connections.allowFrom(Peer.ipv4(NETWORK_CIDR), Port.tcp(443), 'from inside the network');
  listener.addTargets('Api', {
    port, protocol: ApplicationProtocol.HTTP, targets: [target], deregistrationDelay: DRAIN,
    healthCheck: { path: '/health/ready', interval: Duration.seconds(10), timeout: Duration.seconds(5), healthyThresholdCount: 2, unhealthyThresholdCount: 2 },
  });
  return front;
}

function makeLogBucket(scope: Construct): IBucket {
  const bucket = new Bucket(scope, 'AccessLogs', {
    encryption: BucketEncryption.S3_MANAGED, enforceSSL: true, blockPublicAccess: BlockPublicAccess.BLOCK_ALL, versioned: false,
    lifecycleRules: [{ expiration: LOGS_KEPT }], removalPolicy: RemovalPolicy.RETAIN,
  });
  Validations.of(bucket).acknowledge({ id: 'AwsSolutions-S1', reason: 'It holds access logs itself; logs of logs would help nobody.' });
  return bucket as IBucket;
}
