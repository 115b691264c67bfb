/**
 * The private network of one service: two zones, tasks in subnets without an address on the internet, the database in subnets
 * without a way out at all. AWS itself is reached through endpoints, which only tasks may use; everything else (issuer, providers,
 * the other service) through NAT.
 */
import {
  FlowLogDestination, GatewayVpcEndpointAwsService, InterfaceVpcEndpointAwsService, IpAddresses, SubnetType, Vpc, type InterfaceVpcEndpoint, type IVpc,
} from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';

export interface NetworkProps {
  /** NAT gateways: one is the cheapest, two outlast the loss of a zone. @default 1 */
  readonly natGateways?: number | undefined;
  /** Whether tasks read a queue. */
  readonly readsQueue: boolean;
}

export interface Network {
  readonly vpc: IVpc;
  /** Whoever calls AWS must be let in here. */
  readonly endpoints: readonly InterfaceVpcEndpoint[];
}

/** Every address inside. */
export const NETWORK_CIDR = '10.0.0.0/16';

const { ECR, ECR_DOCKER, CLOUDWATCH_LOGS, SECRETS_MANAGER, EVENTBRIDGE, SQS } = InterfaceVpcEndpointAwsService;

export function makeNetwork(scope: Construct, { natGateways = 1, readsQueue }: NetworkProps): Network {
  const vpc = new Vpc(scope, 'Network', {
    ipAddresses: IpAddresses.cidr(NETWORK_CIDR),
    maxAzs: 2,
    natGateways,
    // Closing the default group takes a Lambda function with rights of its own. Nothing here is in that group.
    restrictDefaultSecurityGroup: false,
    subnetConfiguration: [
      { name: 'Front', subnetType: SubnetType.PUBLIC, cidrMask: 24, mapPublicIpOnLaunch: false },
      { name: 'Tasks', subnetType: SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 22 },
      { name: 'Database', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 24 },
    ],
    gatewayEndpoints: { S3: { service: GatewayVpcEndpointAwsService.S3 } },
    flowLogs: { All: { destination: FlowLogDestination.toCloudWatchLogs() } },
  });
  const services = { ECR, ECR_DOCKER, CLOUDWATCH_LOGS, SECRETS_MANAGER, EVENTBRIDGE, ...(readsQueue && { SQS }) };
  const endpoints = Object.entries(services).map(([name, service]) =>
    vpc.addInterfaceEndpoint(name, { service, open: false, subnets: { subnetType: SubnetType.PRIVATE_WITH_EGRESS } }));
  return { vpc: vpc as IVpc, endpoints };
}
