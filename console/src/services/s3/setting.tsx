import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import Spinner from '@cloudscape-design/components/spinner';
import type { ReactNode } from 'react';
import { factsOf, isMissing } from '../../aws/failure.ts';
import { Failure } from '../../ui/failure.tsx';

/** One setting of a bucket, as it was read; that there is none is no failure. */
export function SettingCard(props: {
  title: string;
  description?: string;
  setting: { data?: unknown; error: unknown; isPending: boolean; refetch: () => unknown };
  /** What is said where there is none. */
  none?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}) {
  const { setting, none } = props;
  const missing = none !== undefined && isMissing(setting.error) && factsOf(setting.error).name !== 'NoSuchBucket';
  return (
    <Container
      header={
        <Header
          variant="h2"
          {...(props.description === undefined ? {} : { description: props.description })}
          {...(props.actions === undefined ? {} : { actions: props.actions })}
        >
          {props.title}
        </Header>
      }
    >
      {missing ? (
        <Box color="text-body-secondary">{none}</Box>
      ) : setting.error ? (
        <Failure error={setting.error} retry={() => void setting.refetch()} />
      ) : setting.isPending ? (
        <Spinner />
      ) : (
        props.children
      )}
    </Container>
  );
}
