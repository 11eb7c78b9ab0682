import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useMemo, useRef, useState } from 'react';
import { isAbort } from '../aws/failure.ts';
import { useSignedIn } from '../aws/session.ts';
import { stack } from '../aws/stack.ts';
import { Editor, type Diagnostic } from './editor.tsx';
import { Failure } from './failure.tsx';
import { policyCompletion } from './policy-completion.ts';

/** What a policy is attached to: it decides what the policy may say. */
export type PolicyKind = 'identity' | 'resource' | 'trust' | 'boundary' | 'session' | 'service-control';

type Finding = {
  severity: 'error' | 'warning' | 'info';
  message: string;
  from: number;
  to: number;
  line: number;
  column: number;
};

const SHOWN_MAX = 20;

/**
 * A policy as JSON: elements, actions, resources and condition keys are completed, and what is wrong with it, by AWS's own list of actions
 * and by the evaluator itself, is marked where it stands and listed below.
 */
export function PolicyEditor(props: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  kind: PolicyKind;
  minHeight?: string;
}) {
  const { value, kind, onChange } = props;
  const session = useSignedIn();
  const [findings, setFindings] = useState<Finding[]>();
  const [error, setError] = useState<unknown>();
  const asked = useRef<AbortController>(undefined);
  const complete = useMemo(
    () => policyCompletion((method, path, body) => stack(session, method, path, body)),
    [session],
  );
  const check = async (document: string): Promise<Diagnostic[]> => {
    asked.current?.abort();
    const controller = new AbortController();
    asked.current = controller;
    if (document.trim() === '') {
      setFindings(undefined);
      return [];
    }
    try {
      const answer = await stack<{ findings: Finding[] }>(
        session,
        'POST',
        'policy/check',
        { document, kind },
        controller.signal,
      );
      setFindings(answer.findings);
      setError(undefined);
      return answer.findings.map(({ severity, message, from, to }) => ({ severity, message, from, to }));
    } catch (thrown) {
      if (!isAbort(thrown)) setError(thrown);
      return [];
    }
  };
  return (
    <SpaceBetween size="xs">
      <Editor
        label={props.label}
        value={value}
        onChange={onChange}
        check={check}
        complete={complete}
        minHeight={props.minHeight ?? '240px'}
      />
      <SpaceBetween size="xs" direction="horizontal" alignItems="center">
        <Button iconName="edit" variant="inline-link" onClick={() => onChange(indented(value))}>
          Format
        </Button>
        <Box variant="small" color="text-body-secondary">
          {value.replaceAll(/\s/g, '').length.toLocaleString('en')} characters without white space
        </Box>
      </SpaceBetween>
      {error !== undefined && <Failure error={error} />}
      <section aria-label={`Findings in ${props.label}`} aria-live="polite">
        {findings === undefined ? null : findings.length === 0 ? (
          <StatusIndicator type="success">No finding</StatusIndicator>
        ) : (
          <SpaceBetween size="xxs">
            {findings.slice(0, SHOWN_MAX).map(({ severity, message, line, column, from }, index) => (
              <StatusIndicator key={`${from} ${index}`} type={severity}>
                Line {line}, column {column}: {message}
              </StatusIndicator>
            ))}
            {findings.length > SHOWN_MAX && <Box>And {findings.length - SHOWN_MAX} more.</Box>}
          </SpaceBetween>
        )}
      </section>
    </SpaceBetween>
  );
}

/** As it is, where it is no JSON. */
export function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return text;
  }
}

/** What a policy begins as. */
export const newPolicy = (statement: Record<string, unknown>): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: [statement] }, undefined, 2);
