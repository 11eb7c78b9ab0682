import Box from '@cloudscape-design/components/box';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { ReactNode } from 'react';
import type { MadeCall } from '../aws/history.ts';
import { CodeOf } from './show-code.tsx';

/** What a page says where there is nothing yet: what to do next, here and by code. */
export function Empty({
  title,
  children,
  action,
  code,
}: {
  title: string;
  children: ReactNode;
  action?: ReactNode;
  code?: MadeCall[];
}) {
  return (
    <Box margin={{ vertical: 'm' }} textAlign="center" color="inherit">
      <SpaceBetween size="s">
        <Box variant="strong">{title}</Box>
        <Box color="text-body-secondary">{children}</Box>
        {action}
        {code && (
          <Box textAlign="left">
            <CodeOf calls={code} />
          </Box>
        )}
      </SpaceBetween>
    </Box>
  );
}
