import type { DecryptRequest, ReEncryptRequest, RetireGrantRequest } from '@aws-sdk/client-kms';
import type { Call } from '../../kernel/call.ts';
import type { Access, ConditionKeys } from '../../kernel/access.ts';
import type { ServiceDefinition } from '../../kernel/service.ts';
import type { EncryptionContext } from './ciphertext.ts';
import { keyNamedIn } from './encrypt.ts';
import { identifyGrant, meantByCall } from './grant-names.ts';
import { aliasArn, anyKeyArn, identify, type Named } from './key-id.ts';
import { arnIn } from './metadata.ts';
import { aliases, type Key } from './records.ts';

type Definition = NonNullable<ServiceDefinition<typeof import('@aws-sdk/client-kms')>['access']>;

/**
 * What each operation asks permission for, with the condition keys that the request sets; those of the key itself are in `resource.ts`.
 * Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS Key Management Service"; Developer Guide,
 * "AWS KMS condition keys".
 */
function keysOf(call: Call, more: ConditionKeys = {}, named?: Pick<Named, 'alias'>): ConditionKeys {
  const service = call.via.at(-1);
  return {
    'kms:calleraccount': call.principal.account,
    // `s3.amazonaws.com` calls as `s3.us-east-1.amazonaws.com`.
    'kms:viaservice': service?.replace('.', `.${call.region}.`),
    'kms:requestalias': named?.alias,
    ...more,
  };
}

const ask = (
  call: Call,
  named: Pick<Named, 'arn' | 'alias'>,
  more?: ConditionKeys,
  operation: string = call.operation,
): Access => ({
  action: `kms:${operation}`,
  // What names no key asks for any: who may that is told what is wrong with the name.
  resource: named.arn,
  keys: keysOf(call, more, named),
});

const contextKeys = (context: EncryptionContext | undefined): ConditionKeys => ({
  ...(context && Object.keys(context).length > 0 ? { 'kms:encryptioncontextkeys': Object.keys(context) } : {}),
  ...Object.fromEntries(
    Object.entries(context ?? {}).map(([key, value]) => [`kms:encryptioncontext:${key.toLowerCase()}`, value]),
  ),
});

type KeyInput = { KeyId?: string | undefined };

/** On the key that `KeyId` names. */
const onKey =
  <I extends KeyInput>(more: (input: I) => ConditionKeys = () => ({}), aliasesToo = false) =>
  async (call: Call, input: I): Promise<Access[]> => [
    ask(call, await identify(call, input.KeyId ?? '', aliasesToo), more(input)),
  ];

const SYMMETRIC = 'SYMMETRIC_DEFAULT';

const encryption = (input: {
  KeyId?: string | undefined;
  EncryptionAlgorithm?: string | undefined;
  EncryptionContext?: EncryptionContext | undefined;
}) => ({
  'kms:encryptionalgorithm': input.EncryptionAlgorithm ?? SYMMETRIC,
  ...contextKeys(input.EncryptionContext),
});

const bare = (call: Call, more: ConditionKeys = {}, operation: string = call.operation): Access[] => [
  { action: `kms:${operation}`, resource: '*', keys: keysOf(call, more) },
];

/** `aws:RequestTag/…` comes from the input; `aws:TagKeys` too. Tags at the making of a key are asked for as TagResource is. */
const tagging = (call: Call, tags: readonly unknown[] | undefined): Access[] =>
  tags && tags.length > 0 ? [{ action: 'kms:TagResource', resource: anyKeyArn(call), keys: keysOf(call) }] : [];

async function ofCiphertext(call: Call, input: DecryptRequest): Promise<Named> {
  if (input.KeyId !== undefined) return identify(call, input.KeyId);
  const key = await keyNamedIn(call, input.CiphertextBlob, input.EncryptionAlgorithm ?? SYMMETRIC);
  return { arn: key.arn, key };
}

async function reEncryption(call: Call, input: ReEncryptRequest): Promise<Access[]> {
  const source = await ofCiphertext(call, {
    CiphertextBlob: input.CiphertextBlob,
    KeyId: input.SourceKeyId,
    EncryptionAlgorithm: input.SourceEncryptionAlgorithm,
  });
  const destination = await identify(call, input.DestinationKeyId!);
  const same = { 'kms:reencryptonsamekey': source.arn === destination.arn };
  const of = (EncryptionAlgorithm: string | undefined, EncryptionContext: EncryptionContext | undefined) => ({
    ...encryption({ EncryptionAlgorithm, EncryptionContext }),
    ...same,
  });
  return [
    ask(call, source, of(input.SourceEncryptionAlgorithm, input.SourceEncryptionContext), 'ReEncryptFrom'),
    ask(call, destination, of(input.DestinationEncryptionAlgorithm, input.DestinationEncryptionContext), 'ReEncryptTo'),
  ];
}

/** Aliases are asked for by themselves, and the keys they point to as well. Source: Developer Guide, "Controlling access to aliases". */
async function onAlias(call: Call, name: string, ...targets: (Named | undefined)[]): Promise<Access[]> {
  return [
    {
      action: `kms:${call.operation}`,
      resource: aliasArn(call, call.account, name.startsWith('alias/') ? name : `alias/${name}`),
      keys: keysOf(call),
    },
    ...targets.filter((target) => target !== undefined).map((target) => ask(call, target)),
  ];
}

async function targetOf(call: Call, name: string): Promise<Named | undefined> {
  const standing = await call.kernel.store.get(aliases, [call.account, call.region, name]);
  return standing && identify(call, standing.target, false);
}

/** A grant that a service asks for, for a resource of its own. */
const isForService = (call: Call) => call.via.length > 0 || call.principal.type === 'service';

const multiRegion = (key: Key | undefined, region: string): string | undefined => key && arnIn(key, region);

/** A grant is retired by whom it names, and by who may retire any. */
async function retirement(call: Call, input: RetireGrantRequest): Promise<Access[]> {
  const { named, grant } = await identifyGrant(call, input);
  if (grant) meantByCall.set(call, grant);
  return [ask(call, named)];
}

export const access: Definition = {
  CancelKeyDeletion: onKey(),
  CreateAlias: async (call, input) => onAlias(call, input.AliasName!, await identify(call, input.TargetKeyId!, false)),
  CreateGrant: async (call, input) => [
    ask(call, await identify(call, input.KeyId!, false), {
      'kms:grantoperations': input.Operations,
      'kms:granteeprincipal': input.GranteePrincipal,
      'kms:granteeserviceprincipal': input.GranteeServicePrincipal,
      'kms:retiringprincipal': input.RetiringPrincipal,
      'kms:retiringserviceprincipal': input.RetiringServicePrincipal,
      'kms:grantisforawsresource': isForService(call),
      'kms:grantconstrainttype': [
        ...(input.Constraints?.EncryptionContextEquals ? ['EncryptionContextEquals'] : []),
        ...(input.Constraints?.EncryptionContextSubset ? ['EncryptionContextSubset'] : []),
      ],
      'kms:grantconstraintsourcearn': input.Constraints?.SourceArn,
      ...contextKeys(input.Constraints?.EncryptionContextEquals ?? input.Constraints?.EncryptionContextSubset),
    }),
  ],
  CreateKey: (call, input) => [
    ...bare(call, {
      'kms:bypasspolicylockoutsafetycheck': input.BypassPolicyLockoutSafetyCheck ?? false,
      'kms:keyspec': input.KeySpec ?? input.CustomerMasterKeySpec ?? SYMMETRIC,
      'kms:customermasterkeyspec': input.KeySpec ?? input.CustomerMasterKeySpec ?? SYMMETRIC,
      'kms:keyusage': input.KeyUsage ?? 'ENCRYPT_DECRYPT',
      'kms:customermasterkeyusage': input.KeyUsage ?? 'ENCRYPT_DECRYPT',
      'kms:keyorigin': input.Origin ?? 'AWS_KMS',
      'kms:multiregion': input.MultiRegion ?? false,
      'kms:multiregionkeytype': input.MultiRegion ? 'PRIMARY' : undefined,
    }),
    ...tagging(call, input.Tags),
  ],
  Decapsulate: onKey(undefined, true),
  Decrypt: async (call, input) => [ask(call, await ofCiphertext(call, input), encryption(input))],
  DeleteAlias: async (call, input) => onAlias(call, input.AliasName!, await targetOf(call, input.AliasName!)),
  DeleteImportedKeyMaterial: onKey(),
  DeriveSharedSecret: onKey((input) => ({ 'kms:keyagreementalgorithm': input.KeyAgreementAlgorithm }), true),
  DescribeKey: onKey(undefined, true),
  DisableKey: onKey(),
  DisableKeyRotation: onKey(),
  EnableKey: onKey(),
  EnableKeyRotation: onKey((input) => ({ 'kms:rotationperiodindays': input.RotationPeriodInDays })),
  Encapsulate: onKey(undefined, true),
  Encrypt: onKey(encryption, true),
  GenerateDataKey: onKey(encryption, true),
  GenerateDataKeyPair: onKey((input) => ({ ...encryption(input), 'kms:datakeypairspec': input.KeyPairSpec }), true),
  GenerateDataKeyPairWithoutPlaintext: onKey(
    (input) => ({ ...encryption(input), 'kms:datakeypairspec': input.KeyPairSpec }),
    true,
  ),
  GenerateDataKeyWithoutPlaintext: onKey(encryption, true),
  GenerateMac: onKey((input) => ({ 'kms:macalgorithm': input.MacAlgorithm }), true),
  GetKeyLastUsage: onKey(),
  GetKeyPolicy: onKey(),
  GetKeyRotationStatus: onKey(),
  GetParametersForImport: onKey((input) => ({
    'kms:wrappingalgorithm': input.WrappingAlgorithm,
    'kms:wrappingkeyspec': input.WrappingKeySpec,
  })),
  GetPublicKey: onKey(undefined, true),
  ImportKeyMaterial: onKey((input) => ({
    'kms:expirationmodel': input.ExpirationModel ?? 'KEY_MATERIAL_EXPIRES',
    'kms:validto': input.ValidTo && `${input.ValidTo.toISOString().slice(0, 19)}Z`,
  })),
  ListGrants: async (call, input) => [
    ask(call, await identify(call, input.KeyId!, false), { 'kms:grantisforawsresource': isForService(call) }),
  ],
  ListKeyPolicies: onKey(),
  ListKeyRotations: onKey(),
  ListResourceTags: onKey(),
  PutKeyPolicy: onKey((input) => ({
    'kms:bypasspolicylockoutsafetycheck': input.BypassPolicyLockoutSafetyCheck ?? false,
    'kms:policyname': input.PolicyName ?? 'default',
  })),
  ReEncrypt: reEncryption,
  // To replicate is to make a key there. Source: API Reference, ReplicateKey.
  ReplicateKey: async (call, input) => {
    const named = await identify(call, input.KeyId!, false);
    const { key } = named;
    return [
      ask(call, named, { 'kms:replicaregion': input.ReplicaRegion }),
      ...bare(
        call,
        {
          'kms:bypasspolicylockoutsafetycheck': input.BypassPolicyLockoutSafetyCheck ?? false,
          'kms:keyspec': key?.spec,
          'kms:keyusage': key?.usage,
          'kms:keyorigin': key?.origin,
          'kms:multiregion': true,
          'kms:multiregionkeytype': 'REPLICA',
        },
        'CreateKey',
      ),
      ...tagging(call, input.Tags),
    ];
  },
  RetireGrant: retirement,
  RevokeGrant: async (call, input) => [
    ask(call, await identify(call, input.KeyId!, false), { 'kms:grantisforawsresource': isForService(call) }),
  ],
  RotateKeyOnDemand: onKey(),
  ScheduleKeyDeletion: onKey((input) => ({
    'kms:schedulekeydeletionpendingwindowindays': input.PendingWindowInDays ?? 30,
  })),
  Sign: onKey(
    (input) => ({ 'kms:messagetype': input.MessageType ?? 'RAW', 'kms:signingalgorithm': input.SigningAlgorithm }),
    true,
  ),
  TagResource: onKey(),
  UntagResource: onKey(),
  UpdateAlias: async (call, input) =>
    onAlias(
      call,
      input.AliasName!,
      await targetOf(call, input.AliasName!),
      await identify(call, input.TargetKeyId!, false),
    ),
  UpdateKeyDescription: onKey(),
  // On the key that stops being the primary and on the one that becomes it.
  UpdatePrimaryRegion: async (call, input) => {
    const named = await identify(call, input.KeyId!, false);
    const replica = multiRegion(named.key, input.PrimaryRegion!);
    const more = { 'kms:primaryregion': input.PrimaryRegion };
    return [ask(call, named, more), ...(replica === undefined ? [] : [ask(call, { arn: replica }, more)])];
  },
  Verify: onKey(
    (input) => ({ 'kms:messagetype': input.MessageType ?? 'RAW', 'kms:signingalgorithm': input.SigningAlgorithm }),
    true,
  ),
  VerifyMac: onKey((input) => ({ 'kms:macalgorithm': input.MacAlgorithm }), true),
};
