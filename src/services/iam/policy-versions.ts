import type { PolicyVersion } from '@aws-sdk/client-iam';
import type { Handlers } from '../../kernel/service.ts';
import { deleteConflict, limitExceeded, noSuchEntity } from './errors.ts';
import { POLICY_VERSIONS_MAX } from './limits.ts';
import { pageOf } from './paging.ts';
import { changePolicy, describedVersions, findPolicy } from './policies.ts';
import { checkManaged, encodeDocument } from './policy-documents.ts';

type Iam = Handlers<typeof import('@aws-sdk/client-iam')>;

const missing = (arn: string, version: string) =>
  noSuchEntity(`Policy ${arn} version ${version} does not exist or is not attachable.`);

const withoutText = ({ text: _text, ...version }: PolicyVersion & { text: string }): PolicyVersion => version;

export const CreatePolicyVersion: Iam['CreatePolicyVersion'] = async (call, input) => {
  const document = input.PolicyDocument!;
  checkManaged(document);
  const after = await changePolicy(call, input.PolicyArn!, (policy) => {
    if (policy.versions.length >= POLICY_VERSIONS_MAX)
      throw limitExceeded(
        `A managed policy can have up to ${POLICY_VERSIONS_MAX} versions. Before you create a new version, you must delete an existing version.`,
      );
    const nowMs = call.kernel.clock.now();
    const id = `v${policy.nextVersion}`;
    return {
      ...policy,
      versions: [...policy.versions, { id, document, createdAtMs: nowMs }],
      nextVersion: policy.nextVersion + 1,
      updatedAtMs: nowMs,
      ...(input.SetAsDefault ? { defaultVersionId: id } : {}),
    };
  });
  return { PolicyVersion: withoutText(describedVersions(after)[0]!) };
};

export const GetPolicyVersion: Iam['GetPolicyVersion'] = async (call, input) => {
  const policy = await findPolicy(call.kernel.store, input.PolicyArn!);
  const found = describedVersions(policy).find(({ VersionId }) => VersionId === input.VersionId);
  if (!found) throw missing(policy.arn, input.VersionId!);
  return { PolicyVersion: { ...withoutText(found), Document: encodeDocument(found.text) } };
};

/** The newest first; without their documents. */
export const ListPolicyVersions: Iam['ListPolicyVersions'] = async (call, input) => {
  const policy = await findPolicy(call.kernel.store, input.PolicyArn!);
  const { items, paging } = pageOf(describedVersions(policy).map(withoutText), input);
  return { Versions: items, ...paging };
};

export const DeletePolicyVersion: Iam['DeletePolicyVersion'] = async (call, input) => {
  await changePolicy(call, input.PolicyArn!, (policy) => {
    if (!policy.versions.some(({ id }) => id === input.VersionId)) throw missing(policy.arn, input.VersionId!);
    if (policy.defaultVersionId === input.VersionId)
      throw deleteConflict('Cannot delete the default version of a policy.');
    return {
      ...policy,
      versions: policy.versions.filter(({ id }) => id !== input.VersionId),
      updatedAtMs: call.kernel.clock.now(),
    };
  });
  return {};
};

export const SetDefaultPolicyVersion: Iam['SetDefaultPolicyVersion'] = async (call, input) => {
  await changePolicy(call, input.PolicyArn!, (policy) => {
    if (!policy.versions.some(({ id }) => id === input.VersionId)) throw missing(policy.arn, input.VersionId!);
    return { ...policy, defaultVersionId: input.VersionId!, updatedAtMs: call.kernel.clock.now() };
  });
  return {};
};
