import type { EvaluationResult, Statement } from '@aws-sdk/client-iam';
import { GetBucketOwnershipControlsCommand, S3Client } from '@aws-sdk/client-s3';
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useCall } from '../../aws/call.ts';
import { CodeBlock } from '../../ui/code-block.tsx';
import { DecisionReasoning } from '../../ui/reasoning.tsx';
import type { AnonymousAnswer } from './anonymous.ts';

/** What was asked of IAM, and what it answered: of all policies, and of those of the principal alone. */
export type Simulated = {
  arn: string;
  action: string;
  resource: string;
  policy: string | undefined;
  together: EvaluationResult;
  own: EvaluationResult;
};

const WORDS: Record<string, string> = {
  allowed: 'Allowed',
  explicitDeny: 'Denied by a statement',
  implicitDeny: 'Denied: nothing allows it',
};

const Decided = ({ decision }: { decision: string | undefined }) => (
  <StatusIndicator type={decision === 'allowed' ? 'success' : 'error'}>
    {WORDS[decision ?? ''] ?? decision}
  </StatusIndicator>
);

/** What IAM's simulation says of a user or role. */
export function SimulatedVerdict(props: Simulated & { bucket: string }) {
  const { arn, action, resource, policy, together, own } = props;
  const ownership = useCall(S3Client, GetBucketOwnershipControlsCommand, { Bucket: props.bucket });
  const acls = ownership.data?.OwnershipControls?.Rules?.[0]?.ObjectOwnership !== 'BucketOwnerEnforced';
  const allowed = together.EvalDecision === 'allowed';
  const boundary = together.PermissionsBoundaryDecisionDetail;
  const organizations = together.OrganizationsDecisionDetail;
  return (
    <div data-testid="verdict">
      <Alert type={allowed ? 'success' : 'error'} header={`${allowed ? 'Allowed' : 'Denied'}: ${action}`}>
        <SpaceBetween size="s">
          <Box color="inherit">
            Asked of IAM (SimulatePrincipalPolicy): may <code>{arn}</code> do <code>{action}</code> on{' '}
            <code>{resource}</code>, with {policy === undefined ? 'no bucket policy' : 'the bucket policy'}?
          </Box>
          <KeyValuePairs
            columns={2}
            items={[
              { label: 'All policies together', value: <Decided decision={together.EvalDecision} /> },
              { label: 'Without the bucket policy', value: <Decided decision={own.EvalDecision} /> },
              ...(boundary
                ? [
                    {
                      label: 'Permissions boundary',
                      value: <Decided decision={boundary.AllowedByPermissionsBoundary ? 'allowed' : 'implicitDeny'} />,
                    },
                  ]
                : []),
              ...(organizations
                ? [
                    {
                      label: 'Service control policies',
                      value: <Decided decision={organizations.AllowedByOrganizations ? 'allowed' : 'implicitDeny'} />,
                    },
                  ]
                : []),
            ]}
          />
          <Statements result={together} policy={policy} />
          {acls && !ownership.isPending && (
            <Box color="inherit" variant="small">
              ACLs are enabled on this bucket. A simulation does not weigh them: they may allow more.
            </Box>
          )}
        </SpaceBetween>
      </Alert>
    </div>
  );
}

function Statements({ result, policy }: { result: EvaluationResult; policy: string | undefined }) {
  const matched = result.MatchedStatements ?? [];
  if (matched.length === 0)
    return <Box color="inherit">No statement of any policy matches: what is not allowed is denied.</Box>;
  return (
    <SpaceBetween size="xs">
      <Box color="inherit" variant="strong">
        {matched.length === 1 ? 'The statement that decided' : 'The statements that decided'}
      </Box>
      {matched.map((statement) => {
        const ofBucket = statement.SourcePolicyType === 'resource';
        return (
          <div key={`${statement.SourcePolicyId} ${statement.StartPosition?.Line} ${statement.StartPosition?.Column}`}>
            <Box color="inherit">
              {ofBucket ? 'Bucket policy' : `${statement.SourcePolicyType}: ${statement.SourcePolicyId}`}
              {!ofBucket && ` (line ${statement.StartPosition?.Line}, column ${statement.StartPosition?.Column})`}
            </Box>
            {ofBucket && policy !== undefined && <CodeBlock text={excerpt(policy, statement)} label="Statement" />}
          </div>
        );
      })}
    </SpaceBetween>
  );
}

/** The part of a document that a statement stands in: lines and columns count from 1. */
function excerpt(document: string, { StartPosition: start, EndPosition: end }: Statement): string {
  const lines = document.split('\n');
  const offset = (line: number, column: number) =>
    lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0) + column - 1;
  const text = document.slice(offset(start!.Line!, start!.Column!), offset(end!.Line!, end!.Column!));
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return text;
  }
}

/** What a real request without a signature was answered. */
export function AnonymousVerdict(answer: AnonymousAnswer) {
  const { request, harmless, allowed, status, code, message, requestId, decisions, unexplained } = answer;
  return (
    <div data-testid="verdict">
      <Alert type={allowed ? 'warning' : 'success'} header={allowed ? 'Allowed to everybody' : 'Denied to everybody'}>
        <SpaceBetween size="s">
          <Box color="inherit">
            Asked by a real request that nobody signed: <code>{request}</code>. {harmless} It was answered {status}
            {code !== undefined && (
              <>
                , <strong>{code}</strong>: {message}
              </>
            )}
            .
          </Box>
          {allowed && status === 403 && code === 'AccessDenied' && (
            <Box color="inherit">
              The permission is there. That there is no such object is told to those only who may list the bucket.
            </Box>
          )}
          {requestId !== undefined && (
            <Box color="inherit" variant="small">
              Request id <code>{requestId}</code> <Link href={`#/calls/${encodeURIComponent(requestId)}`}>Why?</Link>
            </Box>
          )}
          {unexplained !== undefined && (
            <Box color="inherit" variant="small">
              The reasoning is not shown: {unexplained}
            </Box>
          )}
        </SpaceBetween>
      </Alert>
      {decisions?.map((decision) => (
        <DecisionReasoning key={`${decision.action} ${decision.resource}`} decision={decision} />
      ))}
    </div>
  );
}
