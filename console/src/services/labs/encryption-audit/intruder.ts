import { BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime';
import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import { isDenied, tried } from '../frame/asking.ts';
import type { LabContext } from '../frame/types.ts';
import { asUser, policyOf } from '../security/callers.ts';

/** Somebody who may do nothing, and tries. */
export const INTRUDER = 'labs-intruder';
export const INTRUDED_MODELS = [
  'amazon.nova-micro-v1:0',
  'amazon.nova-lite-v1:0',
  'amazon.nova-pro-v1:0',
  'anthropic.claude-3-haiku-20240307-v1:0',
  'meta.llama3-8b-instruct-v1:0',
  'meta.llama3-70b-instruct-v1:0',
];
const PAGES_MAX = 10;

/** Tries a model that nobody knows beforehand, without permission. Throws where it was not refused. */
export async function intrude(context: LabContext): Promise<void> {
  const [drawn] = crypto.getRandomValues(new Uint32Array(1));
  const modelId = INTRUDED_MODELS[drawn! % INTRUDED_MODELS.length]!;
  const outcome = await asUser(
    context,
    INTRUDER,
    policyOf({ Effect: 'Deny', Action: 'bedrock:*', Resource: '*' }),
    (credentials) =>
      tried(
        context
          .client(BedrockRuntimeClient, credentials)
          .send(new ConverseCommand({ modelId, messages: [{ role: 'user', content: [{ text: 'Hi' }] }] })),
      ),
  );
  if (!isDenied(outcome)) throw new Error('The call of the intruder was not refused: no incident came about.');
}

export type Denied = { id: string; name: string; error: string; modelId?: string };

/** The calls of the intruder that were denied, newest first, as CloudTrail has them. */
export async function deniedOf({ send }: LabContext): Promise<Denied[]> {
  const denied: Denied[] = [];
  let NextToken: string | undefined;
  for (let page = 0; page < PAGES_MAX; page++) {
    const answer = await send(CloudTrailClient, LookupEventsCommand, {
      LookupAttributes: [{ AttributeKey: 'Username', AttributeValue: INTRUDER }],
      ...(NextToken === undefined ? {} : { NextToken }),
    });
    for (const { CloudTrailEvent = '{}' } of answer.Events ?? []) {
      const event = JSON.parse(CloudTrailEvent) as {
        eventID: string;
        eventName: string;
        errorCode?: string;
        requestParameters?: { modelId?: string };
      };
      if (event.errorCode === undefined || !event.errorCode.startsWith('AccessDenied')) continue;
      const modelId = event.requestParameters?.modelId;
      denied.push({
        id: event.eventID,
        name: event.eventName,
        error: event.errorCode,
        ...(modelId === undefined ? {} : { modelId }),
      });
    }
    NextToken = answer.NextToken;
    if (NextToken === undefined) break;
  }
  return denied;
}
