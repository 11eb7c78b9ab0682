import { createHash } from 'node:crypto';
import type { DimensionalPriceRate, Offer } from '@aws-sdk/client-bedrock';
import type { Call } from '../../kernel/call.ts';
import { foundationModel } from '../../kernel/foundation-models/catalog.ts';
import { splitProfileId, type FoundationModel } from '../../kernel/foundation-models/model.ts';
import { isOffered } from '../../kernel/foundation-models/regions.ts';
import {
  agreements,
  missingAccess,
  needsAgreement,
  needsUseCase,
  useCases,
} from '../../kernel/inference/model-access.ts';
import { seal, unseal } from '../../kernel/seal.ts';
import type { Handlers } from '../../kernel/service.ts';
import { conflict, invalid, notFound } from './errors.ts';

type Bedrock = Handlers<typeof import('@aws-sdk/client-bedrock')>;

/** The model of an id or a profile's id. Throws ResourceNotFoundException. */
function modelOf(id: string): FoundationModel {
  const model = foundationModel(splitProfileId(id)?.modelId ?? id);
  if (!model) throw notFound('Could not resolve the foundation model from the provided model identifier.');
  return model;
}

/** Whether the caller's account may call a model in the region, and what is missing. */
export const GetFoundationModelAvailability: Bedrock['GetFoundationModelAvailability'] = async (call, { modelId }) => {
  const model = modelOf(modelId!);
  const missing = await missingAccess(call.kernel.store, call.account, model);
  const offered = isOffered(model, call.region);
  return {
    modelId: modelId!,
    agreementAvailability: { status: missing === 'agreement' ? 'NOT_AVAILABLE' : 'AVAILABLE' },
    authorizationStatus: missing === undefined ? 'AUTHORIZED' : 'NOT_AUTHORIZED',
    entitlementAvailability: missing === undefined ? 'AVAILABLE' : 'NOT_AVAILABLE',
    regionAvailability: offered ? 'AVAILABLE' : 'NOT_AVAILABLE',
  };
};

const offerPurpose = ({ account }: Call, model: FoundationModel) => `offer of ${model.id} to ${account}`;

/** Offers keep their id: one public offer to a model. */
const offerIdOf = (model: FoundationModel) =>
  `offer-${createHash('sha256').update(model.id).digest('hex').slice(0, 13)}`;

const DIMENSIONS: readonly [type: string, dimension: string, description: string][] = [
  ['InputTokens', 'input_tokens', 'Input tokens'],
  ['OutputTokens', 'output_tokens', 'Output tokens'],
  ['CacheReadInputTokens', 'cache_read_input_tokens', 'Input tokens read from cache'],
  ['CacheWriteInputTokens', 'cache_write_input_tokens', 'Input tokens written to cache'],
];

/** Rates by list price; what has none known is left out. */
function rateCard({ kernel, region }: Call, model: FoundationModel): DimensionalPriceRate[] {
  return DIMENSIONS.flatMap(([type, dimension, description]) => {
    const usd = kernel.ledger.unitPrice({ service: 'bedrock-runtime', region, type, resource: model.id });
    return usd === undefined
      ? []
      : [
          {
            dimension,
            description: `${description} of ${model.name}, 1,000`,
            unit: '1K tokens',
            price: (usd * 1_000).toFixed(8),
          },
        ];
  });
}

/** The terms on which a model that is sold through AWS Marketplace can be had. Throws ValidationException for models that are not. */
export const ListFoundationModelAgreementOffers: Bedrock['ListFoundationModelAgreementOffers'] = async (
  call,
  { modelId },
) => {
  const model = modelOf(modelId!);
  if (!needsAgreement(model)) throw invalid(`Agreements are not supported for the model ${modelId}.`);
  const offer: Offer = {
    offerId: offerIdOf(model),
    offerToken: await seal(call.kernel, offerPurpose(call, model), offerIdOf(model)),
    termDetails: {
      usageBasedPricingTerm: { rateCard: rateCard(call, model) },
      legalTerm: { url: 'https://aws.amazon.com/legal/bedrock/third-party-models/' },
      supportTerm: { refundPolicyDescription: 'Charges for the use of models are not refunded.' },
    },
  };
  return { modelId: modelId!, offers: [offer] };
};

/** Agrees to an offer: from then on the account may call the model, as far as policies let it. */
export const CreateFoundationModelAgreement: Bedrock['CreateFoundationModelAgreement'] = async (
  call,
  { modelId, offerToken },
) => {
  const model = modelOf(modelId!);
  const offerId = await unseal(call.kernel, offerPurpose(call, model), offerToken!);
  if (offerId === undefined) throw invalid('The provided offer token is invalid.');
  await call.kernel.store.transact(async (tx) => {
    if (needsUseCase(model) && !(await tx.get(useCases, [call.account]))) throw missingUseCase();
    const key = [call.account, model.id];
    if (await tx.get(agreements, key)) throw conflict(`An agreement for the model ${modelId} exists already.`);
    tx.put(agreements, key, {
      account: call.account,
      modelId: model.id,
      offerId,
      createdAtMs: call.kernel.clock.now(),
    });
  });
  return { modelId: modelId! };
};

const missingUseCase = () =>
  notFound(
    'Model use case details have not been submitted for this account. Fill out the Anthropic use case details form before using the model.',
  );

/** Ends an agreement. */
export const DeleteFoundationModelAgreement: Bedrock['DeleteFoundationModelAgreement'] = async (call, { modelId }) => {
  const model = modelOf(modelId!);
  await call.kernel.store.transact(async (tx) => {
    const key = [call.account, model.id];
    if (!(await tx.get(agreements, key))) throw notFound(`There is no agreement for the model ${modelId}.`);
    tx.delete(agreements, key);
  });
  return {};
};

/** What Anthropic asks of first-time customers. Source: Bedrock User Guide, "Access Amazon Bedrock foundation models". */
const FORM_MEMBERS = ['companyName', 'companyWebsite', 'intendedUsers', 'industryOption', 'useCases'];

/** Keeps the account's use case form: JSON, as the console sends it. Throws ValidationException. */
export const PutUseCaseForModelAccess: Bedrock['PutUseCaseForModelAccess'] = async (call, { formData }) => {
  const form = formData!;
  let read: unknown;
  try {
    read = JSON.parse(Buffer.from(form).toString('utf8'));
  } catch {
    throw invalid('The form data is not valid JSON.');
  }
  const members = typeof read === 'object' && read !== null ? (read as Record<string, unknown>) : {};
  const missing = FORM_MEMBERS.filter((name) => members[name] === undefined || members[name] === '');
  if (missing.length > 0) throw invalid(`The form data lacks: ${missing.join(', ')}.`);
  const updatedAtMs = call.kernel.clock.now();
  await call.kernel.store.transact((tx) => tx.put(useCases, [call.account], { form, updatedAtMs }));
  return {};
};

/** The form as it was put. */
export const GetUseCaseForModelAccess: Bedrock['GetUseCaseForModelAccess'] = async (call) => {
  const found = await call.kernel.store.get(useCases, [call.account]);
  if (!found) throw missingUseCase();
  return { formData: found.form };
};
