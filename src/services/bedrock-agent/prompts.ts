import type { GetPromptResponse, PromptSummary } from '@aws-sdk/client-bedrock-agent';
import type { Call } from '../../kernel/call.ts';
import type { Ids } from '../../kernel/ids.ts';
import {
  DRAFT,
  promptArn,
  promptKey,
  prompts,
  promptVariants,
  type Prompt,
  type PromptVariant,
} from '../../kernel/inference/prompts.ts';
import { enabledKeyArn } from '../../kernel/inference/customer-key.ts';
import { taggedResources } from '../../kernel/inference/tags.ts';
import { page } from '../../kernel/resources.ts';
import type { Handlers } from '../../kernel/service.ts';
import { collection, valuesOf, type Reader, type Transaction } from '../../kernel/store/store.ts';
import { conflict, invalid, notFound, quotaExceeded } from './errors.ts';
import { LIST_DEFAULT, PROMPTS_MAX, VERSIONS_MAX } from './limits.ts';
import { readTags } from './tags.ts';
import { readVariants, showVariant } from './variants.ts';

type Agent = Handlers<typeof import('@aws-sdk/client-bedrock-agent')>;

/** Requests that were made with a client token: account, region, operation, what it is about, token → the prompt and its version. */
const tokens = collection<{ id: string; version: string }>('bedrock-agent/prompt-token');

/** As AWS's: `PROMPT1ABC`. */
const newId = (ids: Ids) => ids.text(10, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789');

/** A prompt with what it is made of. */
type Whole = Prompt & { variants: PromptVariant[] };

/** One version of a prompt of the caller's account. Throws ResourceNotFoundException, ValidationException. */
async function find(reader: Reader, call: Call, identifier: string, version?: string): Promise<Whole> {
  const key = promptKey(identifier, call);
  if (!key) throw invalid('The provided prompt identifier is invalid.');
  const wanted = version ?? key.version ?? DRAFT;
  const found =
    key.account === call.account ? await whole(reader, [key.account, key.region, key.id, wanted]) : undefined;
  if (!found) throw notFound(`Could not find prompt ${key.id} with version ${wanted}.`);
  return found;
}

/** A prompt as a whole: an identifier with a version is none. */
async function findDraft(reader: Reader, call: Call, identifier: string): Promise<Whole> {
  if (promptKey(identifier, call)?.version !== undefined)
    throw invalid('The prompt identifier must be of the prompt itself, without a version.');
  return find(reader, call, identifier);
}

async function whole(reader: Reader, key: string[]): Promise<Whole | undefined> {
  const [found, variants = []] = [await reader.get(prompts, key), await reader.get(promptVariants, key)];
  return found && { ...found, variants };
}

function put(tx: Transaction, { variants, ...record }: Whole): void {
  const key = [record.account, record.region, record.id, record.version];
  tx.put(prompts, key, record);
  tx.put(promptVariants, key, variants);
}

/** A customer's key must be there and of use to the caller. */
async function checkKey(call: Call, keyArn: string | undefined): Promise<void> {
  if (keyArn !== undefined && (await enabledKeyArn(call, keyArn)) === undefined)
    throw invalid(`The KMS key ${keyArn} is not enabled.`);
}

function describe(call: Call, prompt: Whole): GetPromptResponse {
  return {
    ...summaryOf(call, prompt),
    variants: prompt.variants.map(showVariant),
    ...(prompt.defaultVariant === undefined ? {} : { defaultVariant: prompt.defaultVariant }),
    ...(prompt.kmsKeyArn === undefined ? {} : { customerEncryptionKeyArn: prompt.kmsKeyArn }),
  };
}

const summaryOf = (call: Call, prompt: Prompt): PromptSummary => ({
  id: prompt.id,
  arn: promptArn(call, prompt),
  name: prompt.name,
  version: prompt.version,
  createdAt: new Date(prompt.createdAtMs),
  updatedAt: new Date(prompt.updatedAtMs),
  ...(prompt.description === undefined ? {} : { description: prompt.description }),
});

const draftsOf = async (reader: Reader, { account, region }: Call) =>
  (await valuesOf(reader, prompts, [account, region])).filter(({ version }) => version === DRAFT);

const nameTaken = (name: string) => conflict(`A prompt with the name ${name} exists already. Choose another name.`);

type Content = Pick<Whole, 'name' | 'description' | 'defaultVariant' | 'variants' | 'kmsKeyArn'>;

function contentOf(input: {
  name?: string | undefined;
  description?: string | undefined;
  defaultVariant?: string | undefined;
  variants?: Parameters<typeof readVariants>[0] | undefined;
  customerEncryptionKeyArn?: string | undefined;
}): Content {
  const { description, defaultVariant, customerEncryptionKeyArn } = input;
  return {
    name: input.name!,
    variants: readVariants(input.variants, defaultVariant),
    ...(description === undefined ? {} : { description }),
    ...(defaultVariant === undefined ? {} : { defaultVariant }),
    ...(customerEncryptionKeyArn === undefined ? {} : { kmsKeyArn: customerEncryptionKeyArn }),
  };
}

/** A new prompt, as its draft. A token that was used before: the prompt that it made. */
export const CreatePrompt: Agent['CreatePrompt'] = async (call, input) => {
  const { store, clock, ids } = call.kernel;
  const { account, region } = call;
  const content = contentOf(input);
  const tags = readTags(input.tags);
  await checkKey(call, input.customerEncryptionKeyArn);
  const id = newId(ids);
  const now = clock.now();
  const prompt = await store.transact((tx) =>
    once(tx, [call.account, call.region, call.operation, '', input.clientToken], async () => {
      const drafts = await draftsOf(tx, call);
      if (drafts.length >= PROMPTS_MAX) throw quotaExceeded('prompts per account', PROMPTS_MAX);
      if (drafts.some(({ name }) => name === content.name)) throw nameTaken(content.name);
      const made: Whole = { account, region, id, version: DRAFT, ...content, createdAtMs: now, updatedAtMs: now };
      put(tx, made);
      tx.put(taggedResources, [promptArn(call, made)], { owner: account, tags });
      return made;
    }),
  );
  return describe(call, prompt);
};

type Asking = [account: string, region: string, operation: string, about: string, token: string | undefined];

/** What a request makes, or has made. */
async function once(tx: Transaction, asking: Asking, make: () => Promise<Whole>): Promise<Whole> {
  const [account, region, operation, about, token] = asking;
  if (token === undefined) return make();
  const key = [account, region, operation, about, token];
  const before = await tx.get(tokens, key);
  const known = before && (await whole(tx, [account, region, before.id, before.version]));
  if (known) return known;
  const made = await make();
  tx.put(tokens, key, { id: made.id, version: made.version });
  return made;
}

/** Replaces the draft: what is not given is no longer part of it. */
export const UpdatePrompt: Agent['UpdatePrompt'] = async (call, input) => {
  const content = contentOf(input);
  await checkKey(call, input.customerEncryptionKeyArn);
  const now = call.kernel.clock.now();
  const prompt = await call.kernel.store.transact(async (tx) => {
    const { account, region, id, version, lastVersion, createdAtMs } = await findDraft(
      tx,
      call,
      input.promptIdentifier!,
    );
    const others = await draftsOf(tx, call);
    if (others.some((each) => each.id !== id && each.name === content.name)) throw nameTaken(content.name);
    const updated: Whole = {
      account,
      region,
      id,
      version,
      ...content,
      ...(lastVersion === undefined ? {} : { lastVersion }),
      createdAtMs,
      updatedAtMs: now,
    };
    put(tx, updated);
    return updated;
  });
  return describe(call, prompt);
};

/** A version of a prompt, its draft where none is said. */
export const GetPrompt: Agent['GetPrompt'] = async (call, { promptIdentifier, promptVersion }) =>
  describe(call, await call.kernel.store.transact((tx) => find(tx, call, promptIdentifier!, promptVersion)));

/** The drafts of all prompts, latest first; of one prompt, its versions. */
export const ListPrompts: Agent['ListPrompts'] = async (call, { promptIdentifier, maxResults, nextToken }) => {
  const { store } = call.kernel;
  const { account, region } = call;
  let found: Prompt[];
  if (promptIdentifier === undefined) found = await draftsOf(store, call);
  else {
    const { id } = await find(store, call, promptIdentifier);
    found = await valuesOf(store, prompts, [account, region, id]);
  }
  const sorted = found.toSorted(
    (a, b) => b.createdAtMs - a.createdAtMs || (promptArn(call, a) < promptArn(call, b) ? -1 : 1),
  );
  const result = page(sorted, nextToken, maxResults ?? LIST_DEFAULT, () =>
    invalid('The provided pagination token is invalid.'),
  );
  return {
    promptSummaries: result.items.map((prompt) => summaryOf(call, prompt)),
    ...(result.nextToken === undefined ? {} : { nextToken: result.nextToken }),
  };
};

/** Removes one version, or the prompt with all of them. */
export const DeletePrompt: Agent['DeletePrompt'] = async (call, { promptIdentifier, promptVersion }) =>
  call.kernel.store.transact(async (tx) => {
    const version = promptVersion ?? promptKey(promptIdentifier!, call)?.version;
    const found = await find(tx, call, promptIdentifier!, version);
    const all = await valuesOf(tx, prompts, [found.account, found.region, found.id]);
    for (const each of version === undefined ? all : [found]) {
      const key = [each.account, each.region, each.id, each.version];
      tx.delete(prompts, key);
      tx.delete(promptVariants, key);
      tx.delete(taggedResources, [promptArn(call, each)]);
    }
    return { id: found.id, ...(version === undefined ? {} : { version }) };
  });

/** The draft as it stands, for good. */
export const CreatePromptVersion: Agent['CreatePromptVersion'] = async (call, input) => {
  const { store, clock } = call.kernel;
  const tags = readTags(input.tags);
  const now = clock.now();
  const prompt = await store.transact(async (tx) => {
    const draft = await findDraft(tx, call, input.promptIdentifier!);
    // Of another prompt, the token is another's.
    return once(tx, [draft.account, draft.region, call.operation, draft.id, input.clientToken], async () => {
      const all = await valuesOf(tx, prompts, [draft.account, draft.region, draft.id]);
      if (all.length - 1 >= VERSIONS_MAX) throw quotaExceeded('versions per prompt', VERSIONS_MAX);
      const number = (draft.lastVersion ?? 0) + 1;
      put(tx, { ...draft, lastVersion: number });
      const { lastVersion: _last, description: _description, ...content } = draft;
      const made: Whole = {
        ...content,
        version: String(number),
        ...(input.description === undefined ? {} : { description: input.description }),
        createdAtMs: now,
        updatedAtMs: now,
      };
      put(tx, made);
      tx.put(taggedResources, [promptArn(call, made)], { owner: call.account, tags });
      return made;
    });
  });
  return describe(call, prompt);
};
