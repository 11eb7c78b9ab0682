import {
  BedrockClient,
  CreateGuardrailCommand,
  DeleteGuardrailCommand,
  DeleteModelInvocationLoggingConfigurationCommand,
  GetModelInvocationLoggingConfigurationCommand,
  ListFoundationModelsCommand,
  ListGuardrailsCommand,
  UpdateGuardrailCommand,
} from '@aws-sdk/client-bedrock';
import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelCommand,
  type GuardrailConfiguration,
} from '@aws-sdk/client-bedrock-runtime';
import { CloudTrailClient, ListTrailsCommand } from '@aws-sdk/client-cloudtrail';
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListRolePoliciesCommand,
  PutRolePolicyCommand,
  SimulateCustomPolicyCommand,
  SimulatePrincipalPolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { KMSClient, ListKeysCommand } from '@aws-sdk/client-kms';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import type { Credentials } from '../../../aws/session.ts';
import { isDenied, tried } from '../frame/asking.ts';
import type { Check, Finding, LabContext, LabModule } from '../frame/types.ts';
import { fired } from '../security/attack.ts';
import { asCaller, CALLER, found, madeUser, policyOf, sessionOf } from '../security/callers.ts';

const ROLE = 'labs-app';
const GUARDRAIL = 'labs-app-guardrail';
const MODEL = 'amazon.nova-lite-v1:0';
const OTHER_MODEL = 'amazon.nova-pro-v1:0';
const OTHER_REGIONS = ['eu-west-1', 'us-east-1'];
/** Where AWS's cross-region profiles are called from, by the beginning of the region. */
const GEOGRAPHIES: Record<string, string> = { eu: 'eu', ap: 'apac', 'us-gov': 'us-gov' };
const ENDPOINT = 'vpce-0a1b2c3d4e5f60718';
const OTHER_ENDPOINT = 'vpce-0ffffffffffffffff';

const arnOf = ({ session }: LabContext, model: string): string =>
  `arn:aws:bedrock:${session.region}::foundation-model/${model}`;
const messages = [{ role: 'user' as const, content: [{ text: 'When is breakfast? Breakfast is from 7 to 10.' }] }];

/** A question to a model with somebody's credentials. */
const ask = (
  context: LabContext,
  credentials: Credentials,
  modelId: string,
  guardrailConfig?: GuardrailConfiguration,
) =>
  context
    .client(BedrockRuntimeClient, credentials)
    .send(new ConverseCommand({ modelId, messages, ...(guardrailConfig ? { guardrailConfig } : {}) }));

const told = (outcome: Awaited<ReturnType<typeof tried>>): string =>
  'name' in outcome ? `${outcome.name}: ${outcome.message}` : 'It was answered.';

const refusedFinding = async (what: string, call: Promise<unknown>): Promise<Finding> => {
  const outcome = await tried(call);
  return { what, ok: isDenied(outcome), found: told(outcome) };
};

async function guardrailOf({ send }: LabContext) {
  const { guardrails = [] } = await send(BedrockClient, ListGuardrailsCommand, { maxResults: 1000 });
  const mine = guardrails.find(({ name }) => name === GUARDRAIL);
  if (!mine) return undefined;
  const { guardrails: versions = [] } = await send(BedrockClient, ListGuardrailsCommand, {
    guardrailIdentifier: mine.id!,
  });
  return { id: mine.id!, arn: mine.arn!, versions: versions.map(({ version }) => version!) };
}

/** What allows the application's own call: the guardrail's version that the policy asks for, or none. */
async function usual(context: LabContext, credentials: Credentials) {
  const guardrail = await guardrailOf(context);
  const configurations: (GuardrailConfiguration | undefined)[] = [
    undefined,
    ...(guardrail?.versions ?? []).map((guardrailVersion) => ({
      guardrailIdentifier: guardrail!.id,
      guardrailVersion,
    })),
  ];
  let outcome: Awaited<ReturnType<typeof tried>> = { name: 'None', message: 'Nothing was tried.' };
  for (const configuration of configurations) {
    outcome = await tried(ask(context, credentials, MODEL, configuration));
    if ('answer' in outcome) return { allowed: true, configuration, outcome };
  }
  return { allowed: false, configuration: undefined, outcome };
}

/** A check of the role, in a session of it. */
const asApp =
  (check: (context: LabContext, credentials: Credentials, caller: Credentials) => Promise<Finding[]>): Check =>
  async (context) => {
    const role = await found(context.send(IAMClient, GetRoleCommand, { RoleName: ROLE }));
    if (!role) return [{ what: `A role named ${ROLE}`, ok: false, found: 'GetRole tells of none with this name.' }];
    return asCaller(context, ROLE, async (caller) => {
      const session = await tried(sessionOf(context, ROLE, caller));
      if ('name' in session)
        return [
          {
            what: `The role ${ROLE} can be taken on by users of the account`,
            ok: false,
            found: `${session.name}: ${session.message}`,
          },
        ];
      return check(context, session.answer, caller);
    });
  };

const role = asApp(async (context, credentials) => {
  const { EvaluationResults = [] } = await context.send(IAMClient, SimulatePrincipalPolicyCommand, {
    PolicySourceArn: `arn:aws:iam::${context.session.account}:role/${ROLE}`,
    ActionNames: [
      'bedrock:InvokeModelWithResponseStream',
      'bedrock:CreateGuardrail',
      'iam:PutRolePolicy',
      's3:GetObject',
    ],
  });
  const allowed = EvaluationResults.filter(({ EvalDecision }) => EvalDecision === 'allowed');
  const { allowed: works, outcome } = await usual(context, credentials);
  return [
    { what: `The role may call ${MODEL}`, ok: works, found: told(outcome) },
    await refusedFinding(`It may not call ${OTHER_MODEL}`, ask(context, credentials, OTHER_MODEL)),
    await refusedFinding(
      'It may not stream',
      context.client(BedrockRuntimeClient, credentials).send(new ConverseStreamCommand({ modelId: MODEL, messages })),
    ),
    await refusedFinding(
      'It may not list models',
      context.client(BedrockClient, credentials).send(new ListFoundationModelsCommand({})),
    ),
    {
      what: 'The policy simulator allows none of four other actions',
      ok: EvaluationResults.length === 4 && allowed.length === 0,
      found: EvaluationResults.map(({ EvalActionName, EvalDecision }) => `${EvalActionName}: ${EvalDecision}`).join(
        ', ',
      ),
    },
  ];
});

const guardrail = asApp(async (context, credentials) => {
  const mine = await guardrailOf(context);
  if (!mine)
    return [
      { what: `A guardrail named ${GUARDRAIL}`, ok: false, found: 'ListGuardrails tells of none with this name.' },
    ];
  const { allowed, configuration, outcome } = await usual(context, credentials);
  return [
    {
      what: 'With the guardrail the model may be called',
      ok: allowed && configuration !== undefined,
      found: configuration ? `Version ${configuration.guardrailVersion}: ${told(outcome)}` : told(outcome),
    },
    await refusedFinding('Without it the model may not be called', ask(context, credentials, MODEL)),
    await refusedFinding(
      'With it another model may not be called either',
      ask(
        context,
        credentials,
        OTHER_MODEL,
        configuration ?? { guardrailIdentifier: mine.id, guardrailVersion: 'DRAFT' },
      ),
    ),
  ];
});

/** What the simulator decides of a policy on a request that comes through an endpoint, or through none. */
async function simulated(context: LabContext, PolicyInputList: string[], endpoint?: string): Promise<string> {
  const { EvaluationResults } = await context.send(IAMClient, SimulateCustomPolicyCommand, {
    PolicyInputList,
    ActionNames: ['bedrock:InvokeModel'],
    ResourceArns: [arnOf(context, MODEL)],
    ...(endpoint === undefined
      ? {}
      : {
          ContextEntries: [
            { ContextKeyName: 'aws:SourceVpce', ContextKeyType: 'string' as const, ContextKeyValues: [endpoint] },
          ],
        }),
  });
  return EvaluationResults?.[0]?.EvalDecision ?? 'nothing';
}

const network = asApp(async (context, _credentials, caller) => {
  const text = context.input('endpoint-policy');
  try {
    JSON.parse(text);
  } catch (error) {
    return [{ what: 'The policy is JSON', ok: false, found: (error as Error).message }];
  }
  const decisions = {
    through: await simulated(context, [text], ENDPOINT),
    other: await simulated(context, [text], OTHER_ENDPOINT),
    none: await simulated(context, [text]),
  };
  const { allowed } = await usual(context, await sessionOf(context, ROLE, caller));
  const { allowed: narrowed, outcome } = await usual(context, await sessionOf(context, ROLE, caller, text));
  return [
    {
      what: `Allowed through ${ENDPOINT}`,
      ok: decisions.through === 'allowed',
      found: `Simulated: ${decisions.through}.`,
    },
    {
      what: `Not through ${OTHER_ENDPOINT}`,
      ok: decisions.other.endsWith('Deny'),
      found: `Simulated: ${decisions.other}.`,
    },
    { what: 'Not from anywhere else', ok: decisions.none.endsWith('Deny'), found: `Simulated: ${decisions.none}.` },
    {
      what: 'A real call of the role, narrowed by your policy, is refused here',
      ok: allowed && !narrowed && isDenied(outcome),
      found: allowed ? told(outcome) : 'The role may not call the model at all: finish the steps before.',
    },
  ];
});

const fire = asApp(async (context, credentials) => {
  const { region } = context.session;
  const otherRegion = OTHER_REGIONS.find((other) => other !== region)!;
  const geography = Object.keys(GEOGRAPHIES).find((start) => region.startsWith(`${start}-`));
  const mine = await guardrailOf(context);
  const { allowed, configuration, outcome } = await usual(context, credentials);
  const model = (of: string) => () => ask(context, credentials, of, configuration);
  const bedrock = context.client(BedrockClient, credentials);
  const runtime = context.client(BedrockRuntimeClient, credentials);
  const iam = context.client(IAMClient, credentials);
  const text = new TextEncoder().encode(JSON.stringify({ messages: [{ role: 'user', content: [{ text: 'Hi' }] }] }));
  const trustOfAll = policyOf({ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' });
  const allOfIt = policyOf({ Effect: 'Allow', Action: '*', Resource: '*' });
  const blocking = { blockedInputMessaging: 'no', blockedOutputsMessaging: 'no' };
  const words = { wordPolicyConfig: { wordsConfig: [{ text: 'nothing' }] } };
  const guardrailIdentifier = mine?.id ?? 'abcdefghijkl';
  return [
    {
      what: `The application still works: ${MODEL} under the guardrail`,
      ok: allowed && configuration !== undefined,
      found: told(outcome),
    },
    ...(await fired(context, `arn:aws:iam::${context.session.account}:role/${ROLE}`, [
      { what: `to call ${OTHER_MODEL}`, call: model(OTHER_MODEL) },
      { what: 'to call a model of another provider', call: model('anthropic.claude-3-haiku-20240307-v1:0') },
      {
        what: 'to reach the model through a cross-region profile',
        call: model(`${GEOGRAPHIES[geography ?? ''] ?? 'us'}.${OTHER_MODEL}`),
      },
      {
        what: `to call the model in ${otherRegion}`,
        call: () =>
          context
            .client(BedrockRuntimeClient, credentials, otherRegion)
            .send(new ConverseCommand({ modelId: MODEL, messages })),
      },
      { what: 'to leave the guardrail out', call: () => ask(context, credentials, MODEL) },
      {
        what: 'to leave it out by InvokeModel',
        call: () => runtime.send(new InvokeModelCommand({ modelId: MODEL, body: text })),
      },
      {
        what: 'to stream around it',
        call: () => runtime.send(new ConverseStreamCommand({ modelId: MODEL, messages })),
      },
      {
        what: 'to weaken the guardrail',
        destroys: 'bedrock:UpdateGuardrail',
        call: () =>
          bedrock.send(new UpdateGuardrailCommand({ guardrailIdentifier, name: GUARDRAIL, ...blocking, ...words })),
      },
      {
        what: 'to delete the guardrail',
        destroys: 'bedrock:DeleteGuardrail',
        call: () => bedrock.send(new DeleteGuardrailCommand({ guardrailIdentifier })),
      },
      {
        what: 'to switch the logs off',
        destroys: 'bedrock:DeleteModelInvocationLoggingConfiguration',
        call: () => bedrock.send(new DeleteModelInvocationLoggingConfigurationCommand({})),
      },
      {
        what: 'to see where the logs go',
        call: () => bedrock.send(new GetModelInvocationLoggingConfigurationCommand({})),
      },
      {
        what: 'to give itself all permissions',
        destroys: 'iam:PutRolePolicy',
        call: () => iam.send(new PutRolePolicyCommand({ RoleName: ROLE, PolicyName: 'more', PolicyDocument: allOfIt })),
      },
      {
        what: 'to let everybody take on the role',
        destroys: 'iam:UpdateAssumeRolePolicy',
        call: () => iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: ROLE, PolicyDocument: trustOfAll })),
      },
      {
        what: 'to make a lasting key',
        destroys: 'iam:CreateAccessKey',
        call: () => iam.send(new CreateAccessKeyCommand({ UserName: CALLER })),
      },
      {
        what: 'to look around: buckets, keys, trails',
        call: async () => {
          for (const look of [
            () => context.client(S3Client, credentials).send(new ListBucketsCommand({})),
            () => context.client(KMSClient, credentials).send(new ListKeysCommand({})),
          ]) {
            const seen = await tried<unknown>(look());
            if (!isDenied(seen)) return seen;
          }
          return context.client(CloudTrailClient, credentials).send(new ListTrailsCommand({}));
        },
      },
    ])),
  ];
});

export const checks: LabModule['checks'] = { role, guardrail, network, fire };
export const calls: LabModule['calls'] = {
  CreateRole: [IAMClient, CreateRoleCommand],
  PutRolePolicy: [IAMClient, PutRolePolicyCommand],
  GetRolePolicy: [IAMClient, GetRolePolicyCommand],
  CreateGuardrail: [BedrockClient, CreateGuardrailCommand],
};

export const made: LabModule['made'] = async (context) => {
  const { send } = context;
  const policies = await found(send(IAMClient, ListRolePoliciesCommand, { RoleName: ROLE }));
  const mine = await guardrailOf(context);
  return [
    ...(policies
      ? [
          {
            type: 'Role',
            name: ROLE,
            async remove() {
              for (const PolicyName of policies.PolicyNames ?? [])
                await send(IAMClient, DeleteRolePolicyCommand, { RoleName: ROLE, PolicyName });
              await send(IAMClient, DeleteRoleCommand, { RoleName: ROLE });
            },
          },
        ]
      : []),
    ...(await madeUser(context, CALLER)),
    ...(mine
      ? [
          {
            type: 'Guardrail',
            name: `${GUARDRAIL} (${mine.id})`,
            remove: () => send(BedrockClient, DeleteGuardrailCommand, { guardrailIdentifier: mine.id }),
          },
        ]
      : []),
  ];
};
