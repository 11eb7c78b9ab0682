import type { GuardrailAssessment, GuardrailTraceAssessment } from '@aws-sdk/client-bedrock-runtime';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { JsonBlock } from '../../../ui/code-block.tsx';

type Finding = { what: string; action: string };

/** What a policy found and did, in words. */
function findingsOf(side: string, assessment: GuardrailAssessment): Finding[] {
  const {
    topicPolicy,
    contentPolicy,
    wordPolicy,
    sensitiveInformationPolicy: personal,
    contextualGroundingPolicy,
  } = assessment;
  const found = (kind: string, name: string | undefined, action: string | undefined): Finding => ({
    what: `${side}: ${kind} ${name ?? ''}`,
    action: action ?? 'NONE',
  });
  return [
    ...(topicPolicy?.topics ?? []).map(({ name, action }) => found('topic', name, action)),
    ...(contentPolicy?.filters ?? []).map(({ type, confidence, action }) =>
      found('content', `${type} (${confidence})`, action),
    ),
    ...(wordPolicy?.customWords ?? []).map(({ match, action }) => found('word', `“${match}”`, action)),
    ...(wordPolicy?.managedWordLists ?? []).map(({ type, match, action }) => found(`${type}`, `“${match}”`, action)),
    ...(personal?.piiEntities ?? []).map(({ type, match, action }) =>
      found('personal data', `${type} “${match}”`, action),
    ),
    ...(personal?.regexes ?? []).map(({ name, match, action }) => found('pattern', `${name} “${match}”`, action)),
    ...(contextualGroundingPolicy?.filters ?? []).map(({ type, score, threshold, action }) =>
      found(`${type}`, `${score?.toFixed(2)} of ${threshold}`, action),
    ),
  ];
}

/** What the guardrail found, and its whole trace. */
export function GuardrailTrace({ trace }: { trace: GuardrailTraceAssessment }) {
  const findings = [
    ...Object.values(trace.inputAssessment ?? {}).flatMap((each) => findingsOf('Input', each)),
    ...Object.values(trace.outputAssessments ?? {}).flatMap((each) => each.flatMap((one) => findingsOf('Answer', one))),
  ];
  return (
    <SpaceBetween size="xxs">
      {findings.map(({ what, action }, index) => (
        <StatusIndicator key={index} type={action === 'BLOCKED' ? 'error' : action === 'NONE' ? 'info' : 'warning'}>
          {what}: {action.toLowerCase()}
        </StatusIndicator>
      ))}
      <ExpandableSection headerText="Guardrail trace">
        <JsonBlock value={trace} label="Guardrail trace" />
      </ExpandableSection>
    </SpaceBetween>
  );
}
