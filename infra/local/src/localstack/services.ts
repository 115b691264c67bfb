/** The services of AWS that LocalStack is asked for, in compose and without Docker: those of the templates, and what CloudFormation asks. */
export const SERVICES = ['events', 'sqs', 'cloudformation', 'cloudwatch', 'iam', 'kms', 'logs', 's3', 'ssm', 'sts'] as const;
