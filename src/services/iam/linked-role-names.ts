import type { Call } from '../../kernel/call.ts';
import { iamArn } from './arns.ts';

/**
 * Names of service-linked roles. Source: the services' user guides, "Using service-linked roles for …"; which take a suffix: IAM API
 * Reference, CreateServiceLinkedRole, and those guides.
 */
const NAMES: Record<string, string> = {
  'access-analyzer.amazonaws.com': 'AccessAnalyzer',
  'apidestinations.events.amazonaws.com': 'AmazonEventBridgeApiDestinations',
  'autoscaling.amazonaws.com': 'AutoScaling',
  'backup.amazonaws.com': 'Backup',
  'batch.amazonaws.com': 'Batch',
  'cks.kms.amazonaws.com': 'KeyManagementServiceCustomKeyStores',
  'cloudtrail.amazonaws.com': 'CloudTrail',
  'cloudwatch-crossaccount.amazonaws.com': 'CloudWatchCrossAccount',
  'cognito-idp.amazonaws.com': 'AmazonCognitoIdp',
  'comprehend.application-autoscaling.amazonaws.com': 'ApplicationAutoScaling_ComprehendEndpoint',
  'compute-optimizer.amazonaws.com': 'ComputeOptimizer',
  'config.amazonaws.com': 'Config',
  'connect.amazonaws.com': 'AmazonConnect',
  'dax.amazonaws.com': 'DAX',
  'dynamodb.application-autoscaling.amazonaws.com': 'ApplicationAutoScaling_DynamoDBTable',
  'ec2fleet.amazonaws.com': 'EC2Fleet',
  'ecs.amazonaws.com': 'ECS',
  'ecs.application-autoscaling.amazonaws.com': 'ApplicationAutoScaling_ECSService',
  'eks-nodegroup.amazonaws.com': 'AmazonEKSNodegroup',
  'eks.amazonaws.com': 'AmazonEKS',
  'elasticache.amazonaws.com': 'ElastiCache',
  'elasticbeanstalk.amazonaws.com': 'ElasticBeanstalk',
  'elasticfilesystem.amazonaws.com': 'AmazonElasticFileSystem',
  'elasticloadbalancing.amazonaws.com': 'ElasticLoadBalancing',
  'elasticmapreduce.amazonaws.com': 'EMRCleanup',
  'email.cognito-idp.amazonaws.com': 'AmazonCognitoIdpEmailService',
  'emr-containers.amazonaws.com': 'AmazonEMRContainers',
  'es.amazonaws.com': 'AmazonElasticsearchService',
  'events.amazonaws.com': 'CloudWatchEvents',
  'fms.amazonaws.com': 'FMS',
  'globalaccelerator.amazonaws.com': 'GlobalAccelerator',
  'guardduty.amazonaws.com': 'AmazonGuardDuty',
  'imagebuilder.amazonaws.com': 'ImageBuilder',
  'inspector2.amazonaws.com': 'AmazonInspector2',
  'kafka.amazonaws.com': 'Kafka',
  'lambda.application-autoscaling.amazonaws.com': 'ApplicationAutoScaling_LambdaConcurrency',
  'lex.amazonaws.com': 'LexBots',
  'lexv2.amazonaws.com': 'LexV2Bots',
  'logger.cloudfront.amazonaws.com': 'CloudFrontLogger',
  'macie.amazonaws.com': 'AmazonMacie',
  'member.org.stacksets.cloudformation.amazonaws.com': 'CloudFormationStackSetsOrgMember',
  'mrk.kms.amazonaws.com': 'KeyManagementServiceMultiRegionKeys',
  'observability.aoss.amazonaws.com': 'AmazonOpenSearchServerless',
  'opensearchservice.amazonaws.com': 'AmazonOpenSearchService',
  'ops.apigateway.amazonaws.com': 'APIGateway',
  'ops.emr-serverless.amazonaws.com': 'AmazonEMRServerless',
  'organizations.amazonaws.com': 'Organizations',
  'ram.amazonaws.com': 'ResourceAccessManager',
  'rds.amazonaws.com': 'RDS',
  'redshift.amazonaws.com': 'Redshift',
  'replication.dynamodb.amazonaws.com': 'DynamoDBReplication',
  'replicator.lambda.amazonaws.com': 'LambdaReplicator',
  'resource-explorer-2.amazonaws.com': 'ResourceExplorer',
  'sagemaker.amazonaws.com': 'AmazonSageMakerNotebooks',
  'sagemaker.application-autoscaling.amazonaws.com': 'ApplicationAutoScaling_SageMakerEndpoint',
  'securityhub.amazonaws.com': 'SecurityHub',
  'servicequotas.amazonaws.com': 'ServiceQuotas',
  'spot.amazonaws.com': 'EC2Spot',
  'spotfleet.amazonaws.com': 'EC2SpotFleet',
  'ssm.amazonaws.com': 'AmazonSSM',
  'sso.amazonaws.com': 'SSO',
  'storage-lens.s3.amazonaws.com': 'S3StorageLens',
  'support.amazonaws.com': 'Support',
  'transitgateway.amazonaws.com': 'VPCTransitGateway',
  'trustedadvisor.amazonaws.com': 'TrustedAdvisor',
  'wafv2.amazonaws.com': 'WAFV2Logging',
};

export const TAKES_SUFFIX: ReadonlySet<string> = new Set([
  'autoscaling.amazonaws.com',
  'connect.amazonaws.com',
  'lexv2.amazonaws.com',
]);

/** `AWSServiceRoleForAutoScaling_Suffix`; undefined for a service that has no such role, or none that is known here. */
export function linkedRoleName(service: string, suffix?: string): string | undefined {
  const name = Object.hasOwn(NAMES, service) ? NAMES[service] : undefined;
  return name === undefined ? undefined : `AWSServiceRoleFor${name}${suffix === undefined ? '' : `_${suffix}`}`;
}

export const linkedRolePath = (service: string) => `/aws-service-role/${service}/`;

export const linkedRoleArn = (call: Call, service: string, suffix?: string): string =>
  iamArn(call, 'role', linkedRoleName(service, suffix) ?? '*', linkedRolePath(service));

/** The role that a deletion task (`task/aws-service-role/<service>/<role>/<uuid>`) speaks of. */
export function linkedRoleOfTask(call: Call, task: string): string {
  const [, , service = '', name = '*'] = task.split('/');
  return iamArn(call, 'role', name, linkedRolePath(service));
}
