import {
  DeleteRolePermissionsBoundaryCommand,
  GetRoleCommand,
  IAMClient,
  PutRolePermissionsBoundaryCommand,
  TagRoleCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
  type Role,
} from '@aws-sdk/client-iam';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tabs from '@cloudscape-design/components/tabs';
import { useState } from 'react';
import { useParams } from 'react-router';
import { useCall, useRefresh, useSend } from '../../aws/call.ts';
import { EditedPolicy } from '../../ui/edited-policy.tsx';
import { Failure } from '../../ui/failure.tsx';
import { FormModal } from '../../ui/form-modal.tsx';
import { Loading, Page } from '../../ui/page.tsx';
import { ResourceTags } from '../../ui/tags.tsx';
import { timeText } from '../../ui/text.ts';
import { PermissionsBoundary } from './boundary.tsx';
import { DeleteNamed } from './delete-named.tsx';
import { deleteRole } from './deletion.ts';
import { documentText } from './documents.ts';
import { Permissions } from './permissions.tsx';
import { trailTo } from './trail.ts';

/** A role: who may take it on, for how long, and what it may do. */
export function RolePage() {
  const RoleName = useParams()['name']!;
  const send = useSend(IAMClient);
  const refresh = useRefresh();
  const { data, error, refetch } = useCall(IAMClient, GetRoleCommand, { RoleName });
  const [open, setOpen] = useState<'edit' | 'delete'>();
  const role = data?.Role;
  return (
    <Page
      title={RoleName}
      trail={trailTo('Roles', 'roles')}
      {...(role?.Description ? { description: role.Description } : {})}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <Button href={`#/iam/simulator?principal=${encodeURIComponent(role?.Arn ?? '')}`} disabled={!role}>
            Simulate
          </Button>
          <Button disabled={!role} onClick={() => setOpen('edit')}>
            Edit
          </Button>
          <Button onClick={() => setOpen('delete')}>Delete</Button>
        </SpaceBetween>
      }
    >
      {error ? (
        <Failure error={error} retry={() => void refetch()} />
      ) : !role ? (
        <Loading />
      ) : (
        <>
          <Container header={<Header variant="h2">Summary</Header>}>
            <KeyValuePairs
              columns={3}
              items={[
                { label: 'ARN', value: role.Arn },
                { label: 'Role ID', value: role.RoleId },
                { label: 'Created', value: timeText(role.CreateDate) },
                { label: 'Maximum session duration', value: hoursText(role.MaxSessionDuration) },
                { label: 'Last used', value: lastUsed(role) },
                { label: 'Path', value: role.Path },
              ]}
            />
          </Container>
          <Tabs
            tabs={[
              {
                id: 'permissions',
                label: 'Permissions',
                content: (
                  <SpaceBetween size="l">
                    <Permissions kind="role" name={RoleName} />
                    <PermissionsBoundary
                      arn={role.PermissionsBoundary?.PermissionsBoundaryArn}
                      put={async (PermissionsBoundary, signal) => {
                        await send(PutRolePermissionsBoundaryCommand, { RoleName, PermissionsBoundary }, signal);
                        await refresh();
                      }}
                      remove={async (signal) => {
                        await send(DeleteRolePermissionsBoundaryCommand, { RoleName }, signal);
                        await refresh();
                      }}
                    />
                  </SpaceBetween>
                ),
              },
              { id: 'trust', label: 'Trust relationships', content: <Trust role={role} /> },
              {
                id: 'tags',
                label: 'Tags',
                content: (
                  <ResourceTags
                    tags={role.Tags}
                    put={(Tags, signal) => send(TagRoleCommand, { RoleName, Tags }, signal)}
                    remove={(TagKeys, signal) => send(UntagRoleCommand, { RoleName, TagKeys }, signal)}
                  />
                ),
              },
            ]}
          />
          {open === 'edit' && <EditRole role={role} close={() => setOpen(undefined)} />}
        </>
      )}
      {open === 'delete' && (
        <DeleteNamed
          name={RoleName}
          list="roles"
          remove={(signal) => deleteRole(send, RoleName, signal)}
          close={() => setOpen(undefined)}
        >
          Its sessions end with it, and services that work under it stop working.
        </DeleteNamed>
      )}
    </Page>
  );
}

const HOUR_S = 3600;
const hoursText = (seconds: number | undefined) =>
  seconds === undefined ? '–' : `${(seconds / HOUR_S).toLocaleString('en', { maximumFractionDigits: 2 })} h`;

const lastUsed = ({ RoleLastUsed }: Role) =>
  RoleLastUsed?.LastUsedDate ? `${timeText(RoleLastUsed.LastUsedDate)} in ${RoleLastUsed.Region ?? '–'}` : 'Never';

function Trust({ role }: { role: Role }) {
  const RoleName = role.RoleName!;
  const send = useSend(IAMClient);
  return (
    <EditedPolicy
      title="Trust policy"
      description="Who may take on this role, and under which conditions."
      kind="trust"
      policy={{ text: documentText(role.AssumeRolePolicyDocument) }}
      action="Save trust policy"
      save={(PolicyDocument, signal) => send(UpdateAssumeRolePolicyCommand, { RoleName, PolicyDocument }, signal)}
    />
  );
}

function EditRole({ role, close }: { role: Role; close: () => void }) {
  const send = useSend(IAMClient);
  const refresh = useRefresh();
  const [description, setDescription] = useState(role.Description ?? '');
  const [hours, setHours] = useState(String((role.MaxSessionDuration ?? HOUR_S) / HOUR_S));
  const seconds = Math.round(Number(hours) * HOUR_S);
  const wrong = !(seconds >= HOUR_S && seconds <= 12 * HOUR_S);
  return (
    <FormModal
      title={`Edit ${role.RoleName}`}
      action="Save"
      close={close}
      disabled={wrong}
      submit={async (signal) => {
        const { RoleName } = role;
        await send(UpdateRoleCommand, { RoleName, Description: description, MaxSessionDuration: seconds }, signal);
        await refresh();
      }}
    >
      <FormField label="Description">
        <Input value={description} onChange={({ detail }) => setDescription(detail.value)} />
      </FormField>
      <FormField label="Maximum session duration, in hours" errorText={wrong ? 'Between 1 and 12 hours.' : undefined}>
        <Input type="number" inputMode="decimal" value={hours} onChange={({ detail }) => setHours(detail.value)} />
      </FormField>
    </FormModal>
  );
}
