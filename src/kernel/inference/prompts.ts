import { parseArn } from '../resources.ts';
import { collection } from '../store/store.ts';

/** What a prompt is made of, as bedrock-agent has it: content blocks and tools are those of Converse, values `{{…}}` among them. */
export type PromptVariant = {
  name: string;
  modelId?: string;
  template: TextTemplate | ChatTemplate;
  inference?: { maxTokens?: number; temperature?: number; topP?: number; stopSequences?: string[] };
  additionalModelRequestFields?: unknown;
  metadata?: { key: string; value: string }[];
};
export type TextTemplate = { type: 'TEXT'; text: string; cachePoint?: object; inputVariables: string[] };
export type ChatTemplate = {
  type: 'CHAT';
  messages: { role: 'user' | 'assistant'; content: object[] }[];
  system?: object[];
  toolConfiguration?: object;
  inputVariables: string[];
};

/** One version of a prompt: `DRAFT`, which changes, or a number, which does not. */
export type Prompt = {
  account: string;
  region: string;
  /** 10 capitals and digits. */
  id: string;
  version: string;
  name: string;
  description?: string;
  defaultVariant?: string;
  kmsKeyArn?: string;
  /** The highest number that a version had; kept with the draft. */
  lastVersion?: number;
  createdAtMs: number;
  updatedAtMs: number;
};

export const DRAFT = 'DRAFT';

/** Keyed by account, region, id and version. */
export const prompts = collection<Prompt>('kernel/inference/prompt');

/** What prompts are made of, keyed as they are. Apart, since lists and names have no use for it and it may be large. */
export const promptVariants = collection<PromptVariant[]>('kernel/inference/prompt-variants');

type Where = { account: string; region: string; partition: string };

/** `arn:aws:bedrock:us-east-1:123456789012:prompt/ABCDEFGHIJ`, of a version with its number behind it: `…:3` */
export const promptArn = ({ partition, account, region }: Where, { id, version }: { id: string; version: string }) =>
  `arn:${partition}:bedrock:${region}:${account}:prompt/${id}${version === DRAFT ? '' : `:${version}`}`;

/** The place of a prompt by id or ARN, with its version where the identifier has one; undefined for what is neither. */
export function promptKey(identifier: string, where: Where) {
  const { account, region } = where;
  const [, bare, bareVersion] = /^([0-9a-zA-Z]{10})(?::([0-9]{1,5}))?$/.exec(identifier) ?? [];
  if (bare !== undefined) return { account, region, id: bare, ...(bareVersion ? { version: bareVersion } : {}) };
  const arn = parseArn(identifier);
  if (arn?.service !== 'bedrock' || arn.partition !== where.partition || arn.region !== region) return undefined;
  const [, id, version] = /^prompt\/([0-9a-zA-Z]{10})(?::([0-9]{1,5}))?$/.exec(arn.resource) ?? [];
  return id === undefined ? undefined : { account: arn.account, region, id, ...(version ? { version } : {}) };
}
