import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import { useRefresh } from '../../../aws/call.ts';
import { useSignedIn } from '../../../aws/session.ts';
import { tellSuccess } from '../../../shell/notices.tsx';
import { Failure } from '../../../ui/failure.tsx';
import { FormModal } from '../../../ui/form-modal.tsx';
import { Loading } from '../../../ui/page.tsx';
import { contextOf } from './context.ts';
import type { Lab } from './parse.ts';
import { forgetProgress } from './progress.ts';
import type { LabModule } from './types.ts';

/** Deletes what a lab made, after showing it, and forgets the progress. */
export function ResetLab({ lab, module, onClose }: { lab: Lab; module: LabModule; onClose: () => void }) {
  const session = useSignedIn();
  const navigate = useNavigate();
  const refresh = useRefresh();
  const { data: made, error } = useQuery({
    queryKey: [session.arn, session.region, 'made by', lab.id],
    queryFn: async ({ signal }) => (await module.made?.(contextOf(session, lab, signal))) ?? [],
    staleTime: 0,
    gcTime: 0,
  });

  async function reset() {
    for (const { remove } of made ?? []) await remove();
    forgetProgress(session, lab.id);
    void navigate(`/labs/${lab.id}/${lab.steps[0]!.id}`);
    tellSuccess(`The lab "${lab.title}" begins anew.`);
    await refresh();
  }

  return (
    <FormModal title="Reset this lab" action="Reset" disabled={made === undefined} submit={reset} close={onClose}>
      {error && <Failure error={error} />}
      {!made && !error && <Loading text="Looking for what the lab made" />}
      {made && made.length > 0 && (
        <Alert type="warning" header="These are deleted">
          <ul>
            {made.map(({ type, name }) => (
              <li key={`${type} ${name}`}>
                {type} <code>{name}</code>
              </li>
            ))}
          </ul>
        </Alert>
      )}
      {made?.length === 0 && <Box>The lab has made nothing in this account that is still there.</Box>}
      <Box>What you filled in and which steps are passed is forgotten.</Box>
    </FormModal>
  );
}
