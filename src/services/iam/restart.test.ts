import {
  CreateServiceLinkedRoleCommand,
  DeleteServiceLinkedRoleCommand,
  GetServiceLinkedRoleDeletionStatusCommand,
  GetUserCommand,
  IAMClient,
  ListUsersCommand,
} from '@aws-sdk/client-iam';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { allow, identities, refusal } from '../../../tests/identities.ts';
import { startForTests } from '../../../tests/start.ts';

it('What was written before a stack stopped decides in the next one over its data, and what was begun is done', async () => {
  const data = mkdtempSync(join(tmpdir(), 'outcrop-iam-'));
  afterAll(() => rmSync(data, { recursive: true, force: true }));
  const first = await startForTests({ ephemeral: false, data });
  const anna = await identities(first).user('anna', allow('iam:GetUser'));
  const before = new IAMClient(first.clients);
  await before.send(new CreateServiceLinkedRoleCommand({ AWSServiceName: 'ecs.amazonaws.com' }));
  const RoleName = 'AWSServiceRoleForECS';
  const { DeletionTaskId } = await before.send(new DeleteServiceLinkedRoleCommand({ RoleName }));
  await first.stop();

  const second = await startForTests({ ephemeral: false, data });
  const client = new IAMClient({ ...anna.clients, endpoint: second.endpoint });
  expect((await client.send(new GetUserCommand({}))).User!.UserId).toBe(anna.id);
  expect((await refusal(client.send(new ListUsersCommand({})))).name).toBe('AccessDenied');
  await second.clock.advance(60_000);
  const status = new GetServiceLinkedRoleDeletionStatusCommand({ DeletionTaskId });
  expect((await new IAMClient(second.clients).send(status)).Status).toBe('SUCCEEDED');
});
