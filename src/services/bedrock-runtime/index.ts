import { defineService } from '../../kernel/service.ts';
import { asyncAccess, asyncJobs, asyncOperations } from './async-invoke/index.ts';
import { Converse, ConverseStream } from './converse/converse.ts';
import { CountTokens } from './count-tokens.ts';
import { askOfGuardrail, askOfInvocation } from './guardrails/apply.ts';
import { ApplyGuardrail } from './guardrails/apply-guardrail.ts';
import { InvokeGuardrailChecks } from './guardrails/guardrail-checks.ts';
import { guardrailArn, guardrailKey } from '../../kernel/inference/guardrails.ts';
import { resource } from '../../kernel/inference/resource.ts';
import { InvokeModel, InvokeModelWithResponseStream } from './invoke.ts';
import { logged } from './logging/logged.ts';
import { LOG_JOB, logJob } from './logging/outbox.ts';
import { responseJobs } from './openai/kept.ts';
import { web } from './openai/web.ts';
import { accessTo, toCount } from './target.ts';

/** Amazon Bedrock Runtime: models answer. */
export const service = defineService<typeof import('@aws-sdk/client-bedrock-runtime')>({
  sdk: 'bedrock-runtime',
  web,
  resource,
  jobs: { ...asyncJobs, ...responseJobs, [LOG_JOB]: logJob },
  operations: {
    ...asyncOperations,
    ApplyGuardrail,
    ...logged({ Converse, ConverseStream, InvokeModel, InvokeModelWithResponseStream }),
    CountTokens,
    InvokeGuardrailChecks,
  },
  asks: {
    ApplyGuardrail: askOfGuardrail,
    Converse: askOfInvocation,
    ConverseStream: askOfInvocation,
    InvokeModel: askOfInvocation,
    InvokeModelWithResponseStream: askOfInvocation,
  },
  // Source: Amazon Bedrock User Guide, "Monitor Amazon Bedrock API calls using CloudTrail": prompts are not on the record.
  trail: {
    ApplyGuardrail: { request: ['guardrailIdentifier', 'guardrailVersion', 'source'], response: ['action'] },
    InvokeGuardrailChecks: { request: [] },
    Converse: { request: ['modelId'] },
    ConverseStream: { request: ['modelId'] },
    CountTokens: { request: ['modelId'] },
    InvokeModel: { request: ['modelId'] },
    InvokeModelWithResponseStream: { request: ['modelId'] },
    StartAsyncInvoke: { request: ['modelId', 'outputDataConfig'] },
  },
  access: {
    ...asyncAccess,
    ApplyGuardrail: (call, { guardrailIdentifier = '' }) => {
      const key = guardrailKey(guardrailIdentifier, call);
      return [{ action: 'bedrock:ApplyGuardrail', resource: key ? guardrailArn(key) : guardrailIdentifier }];
    },
    // Source: Service Authorization Reference, Amazon Bedrock: the Converse operations have no actions of their own.
    Converse: accessTo('bedrock:InvokeModel'),
    ConverseStream: accessTo('bedrock:InvokeModelWithResponseStream'),
    CountTokens: toCount,
    InvokeModel: accessTo('bedrock:InvokeModel'),
    InvokeModelWithResponseStream: accessTo('bedrock:InvokeModelWithResponseStream'),
  },
});
