import { nameKey, roles, type Role } from '../../kernel/principals/records.ts';
import type { Handlers, ServiceJob } from '../../kernel/service.ts';
import { collection } from '../../kernel/store/store.ts';
import { iamArn, newId } from './arns.ts';
import { wholeRole } from './describe.ts';
import { invalidInput, noSuchEntity, notFound } from './errors.ts';
import { countDown, countUp, find, put, remove } from './identities.ts';
import { ROLES_MAX, SESSION_SECONDS_DEFAULT } from './limits.ts';
import { linkedRoleName, linkedRolePath, TAKES_SUFFIX } from './linked-role-names.ts';
import { forgetTrust, renameTrusted, trust } from './trust.ts';

/** Roles that AWS services make for themselves. Source: IAM User Guide, "Using service-linked roles". */
type Iam = Handlers<typeof import('@aws-sdk/client-iam')>;

export const CreateServiceLinkedRole: Iam['CreateServiceLinkedRole'] = async (call, input) => {
  const service = input.AWSServiceName!;
  const suffix = input.CustomSuffix;
  const name = linkedRoleName(service, suffix);
  if (name === undefined) throw invalidInput(`No service-linked role is known for ${service}`);
  if (suffix !== undefined && !TAKES_SUFFIX.has(service))
    throw invalidInput(`Custom suffix is not allowed for ${service}`);
  const path = linkedRolePath(service);
  const role: Role = {
    account: call.account,
    name,
    path,
    id: newId(call.kernel, 'AROA'),
    arn: iamArn(call, 'role', name, path),
    createdAtMs: call.kernel.clock.now(),
    attached: [],
    inline: {},
    tags: {},
    trust: JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Action: ['sts:AssumeRole'], Effect: 'Allow', Principal: { Service: [service] } }],
    }),
    maxSessionSeconds: SESSION_SECONDS_DEFAULT,
    linkedService: service,
    ...(input.Description === undefined ? {} : { description: input.Description }),
  };
  await call.kernel.store.transact(async (tx) => {
    if (await tx.get(roles, [call.account, nameKey(name)]))
      throw invalidInput(`Service role name ${name} has been taken in this account, please try a different suffix.`);
    await trust(call.kernel, tx, role);
    await countUp(tx, call.account, 'RolesPerAccount', ROLES_MAX);
    await put(tx, 'role', role);
  });
  return { Role: wholeRole(role) };
};

/** A deletion that was asked for. Keyed by account and task id. */
type Deletion = {
  account: string;
  task: string;
  role: string;
  roleId: string;
  status: 'IN_PROGRESS' | 'SUCCEEDED' | 'FAILED';
  /** Why it failed. */
  reason?: string;
};
const deletions = collection<Deletion>('iam/linked-role-deletion');

/** Begins the deletion; it goes on as a job. Asked again while one is under way, it is the same one. */
export const DeleteServiceLinkedRole: Iam['DeleteServiceLinkedRole'] = async (call, input) => {
  const DeletionTaskId = await call.kernel.store.transact(async (tx) => {
    const role = await find(tx, 'role', call.account, input.RoleName!);
    if (role.linkedService === undefined) throw notFound('role', role.name);
    if (role.deletionTask !== undefined) return role.deletionTask;
    const task = `task${role.path}${role.name}/${call.kernel.ids.uuid()}`;
    tx.put(deletions, [call.account, task], {
      account: call.account,
      task,
      role: role.name,
      roleId: role.id,
      status: 'IN_PROGRESS',
    });
    await put(tx, 'role', { ...role, deletionTask: task });
    await call.kernel.jobs.submit(tx, { kind: 'iam/linked-role-deletion', input: { account: call.account, task } });
    return task;
  });
  return { DeletionTaskId };
};

export const GetServiceLinkedRoleDeletionStatus: Iam['GetServiceLinkedRoleDeletionStatus'] = async (call, input) => {
  const found = await call.kernel.store.get(deletions, [call.account, input.DeletionTaskId!]);
  if (!found) throw noSuchEntity(`Deletion task id ${input.DeletionTaskId} does not exist.`);
  return { Status: found.status, ...(found.reason === undefined ? {} : { Reason: { Reason: found.reason } }) };
};

export const linkedRoleDeletionJob: ServiceJob<{ account: string; task: string }> = {
  async run({ job, kernel }) {
    const { account, task } = job.input;
    await kernel.store.transact(async (tx) => {
      const deletion = await tx.get(deletions, [account, task]);
      if (!deletion || deletion.status === 'SUCCEEDED') return;
      const role = await tx.get(roles, [account, nameKey(deletion.role)]);
      if (role?.id === deletion.roleId) {
        await forgetTrust(kernel, tx, role);
        await remove(tx, 'role', account, role.name);
        await countDown(tx, account, 'RolesPerAccount');
        await renameTrusted(tx, role.id, role.arn, role.id);
      }
      tx.put(deletions, [account, task], { ...deletion, status: 'SUCCEEDED' });
    });
  },
  async ended(tx, { state, input: { account, task }, reason = state }) {
    const deletion = await tx.get(deletions, [account, task]);
    if (!deletion || state === 'completed') return;
    tx.put(deletions, [account, task], { ...deletion, status: 'FAILED', reason });
    const role = await tx.get(roles, [account, nameKey(deletion.role)]);
    // It can be asked for again.
    if (role?.deletionTask !== task) return;
    const { deletionTask: _task, ...standing } = role;
    await put(tx, 'role', standing);
  },
};
