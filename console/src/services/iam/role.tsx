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
import { useNavigate, useParams } from 'react-router';
import { useCall, useRefresh, useSend } from '../../aws/call.ts';
import { tellSuccess } from '../../shell/notices.tsx';
import { useAction } from '../../ui/action.ts';
import { AskFirst } from '../../ui/ask-first.tsx';
import { Failure } from '../../ui/failure.tsx';
import { FormModal } from '../../ui/form-modal.tsx';
import { Loading, Page } from '../../ui/page.tsx';
import { indented, PolicyEditor } from '../../ui/policy-editor.tsx';
import { Tags } from '../../ui/tags.tsx';
import { timeText } from '../../ui/text.ts';
import { PermissionsBoundary } from './boundary.tsx';
import { deleteRole } from './deletion.ts';
import { documentText } from './documents.ts';
import { Permissions } from './permissions.tsx';
import { trailTo } from './trail.ts';

/** A role: who may take it on, for how long, and what it may do. */
export function RolePage() {
  const RoleName = useParams()['name']!;
  const send = useSend(IAMClient);
  const refresh = useRefresh();
  const navigate = useNavigate();
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
                  <Tags
                    tags={(role.Tags ?? []).map(({ Key, Value }) => ({ key: Key!, value: Value! }))}
                    save={async (put, removed, signal) => {
                      if (removed.length > 0) await send(UntagRoleCommand, { RoleName, TagKeys: removed }, signal);
                      const Tags = put.map(({ key, value }) => ({ Key: key, Value: value }));
                      if (put.length > 0) await send(TagRoleCommand, { RoleName, Tags }, signal);
                      await refresh();
                    }}
                  />
                ),
              },
            ]}
          />
          {open === 'edit' && <EditRole role={role} close={() => setOpen(undefined)} />}
        </>
      )}
      {open === 'delete' && (
        <AskFirst
          title={`Delete ${RoleName}?`}
          action="Delete"
          typed={RoleName}
          close={() => setOpen(undefined)}
          act={async (signal) => {
            await deleteRole(send, RoleName, signal);
            tellSuccess(`Deleted ${RoleName}.`);
            void navigate('/iam/roles');
          }}
        >
          Its sessions end with it, and services that work under it stop working.
        </AskFirst>
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
  const refresh = useRefresh();
  const before = indented(documentText(role.AssumeRolePolicyDocument));
  const [text, setText] = useState<string>();
  const save = useAction(async (signal) => {
    await send(UpdateAssumeRolePolicyCommand, { RoleName, PolicyDocument: text }, signal);
    tellSuccess('Saved the trust policy.');
    setText(undefined);
    await refresh();
  });
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Who may take on this role, and under which conditions."
          actions={
            <Button
              variant="primary"
              loading={save.pending}
              disabled={text === undefined || text === before}
              onClick={() => void save.run()}
            >
              Save trust policy
            </Button>
          }
        >
          Trust policy
        </Header>
      }
    >
      <PolicyEditor label="Trust policy" kind="trust" value={text ?? before} onChange={setText} />
    </Container>
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
