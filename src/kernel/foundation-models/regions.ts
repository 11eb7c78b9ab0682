import { isCallableFrom, splitProfileId, type FoundationModel, type Geography } from './model.ts';

/**
 * Where models are. Source: Bedrock User Guide, "Model support by AWS Region" and "Supported Regions and models for inference profiles". Only
 * models whose regions are known for sure stand here; any other is in every commercial region.
 */
/** Codes, parted by spaces. */
const regions = (codes: string) => codes.split(' ');

const US = ['us-east-1', 'us-west-2'] as const;
const OREGON = ['us-west-2'] as const;
const NOVA = ['us-east-1', 'us-gov-west-1'] as const;
const CREATIVE = ['us-east-1', 'ap-northeast-1', 'eu-west-1'] as const;

/** Regions in which a model is called by its own id. */
const REGIONS: Readonly<Record<string, readonly string[]>> = {
  'amazon.nova-micro-v1:0': NOVA,
  'amazon.nova-lite-v1:0': NOVA,
  'amazon.nova-pro-v1:0': NOVA,
  'amazon.nova-canvas-v1:0': CREATIVE,
  'amazon.nova-reel-v1:0': CREATIVE,
  'amazon.nova-sonic-v1:0': ['us-east-1', 'ap-northeast-1', 'eu-north-1'],
  'amazon.rerank-v1:0': ['us-west-2', 'ap-northeast-1', 'ca-central-1', 'eu-central-1'],
  'amazon.titan-embed-image-v1': regions(
    'us-east-1 us-west-2 ap-south-1 ap-southeast-2 ca-central-1 eu-west-1 eu-west-2 eu-west-3 sa-east-1',
  ),
  'amazon.titan-image-generator-v1': ['us-east-1', 'us-west-2', 'ap-south-1', 'eu-west-1', 'eu-west-2'],
  'amazon.titan-image-generator-v2:0': US,
  'amazon.titan-text-premier-v1:0': ['us-east-1'],
  'anthropic.claude-3-haiku-20240307-v1:0': regions(
    'us-east-1 us-west-2 us-gov-west-1 ap-northeast-1 ap-northeast-2 ap-south-1 ap-southeast-1 ap-southeast-2 ca-central-1 eu-central-1 eu-central-2 eu-west-1 eu-west-2 eu-west-3 sa-east-1',
  ),
  'anthropic.claude-3-5-sonnet-20240620-v1:0': regions(
    'us-east-1 us-west-2 us-gov-west-1 ap-northeast-1 ap-northeast-2 ap-southeast-1 eu-central-1 eu-central-2',
  ),
  'anthropic.claude-3-5-sonnet-20241022-v2:0': ['us-west-2', 'ap-southeast-2'],
  'meta.llama3-8b-instruct-v1:0': regions('us-east-1 us-west-2 us-gov-west-1 ap-south-1 ca-central-1 eu-west-2'),
  'meta.llama3-70b-instruct-v1:0': regions('us-east-1 us-west-2 us-gov-west-1 ap-south-1 ca-central-1 eu-west-2'),
  'meta.llama3-1-405b-instruct-v1:0': OREGON,
  'cohere.command-text-v14': US,
  'cohere.command-light-text-v14': US,
  'cohere.command-r-v1:0': US,
  'cohere.command-r-plus-v1:0': US,
  'cohere.rerank-v3-5:0': ['us-east-1', 'us-west-2', 'ap-northeast-1', 'ca-central-1', 'eu-central-1'],
  'ai21.jamba-1-5-mini-v1:0': ['us-east-1'],
  'ai21.jamba-1-5-large-v1:0': ['us-east-1'],
  'stability.sd3-5-large-v1:0': OREGON,
  'stability.stable-image-core-v1:1': OREGON,
  'stability.stable-image-ultra-v1:1': OREGON,
  'luma.ray-v2:0': OREGON,
  'twelvelabs.pegasus-1-2-v1:0': ['us-west-2', 'eu-west-1'],
  'twelvelabs.marengo-embed-2-7-v1:0': ['us-east-1', 'eu-west-1', 'ap-northeast-2'],
};

/** Where the profiles of a geography send requests. A model's own list goes before. */
const DESTINATIONS: Readonly<Record<Geography, readonly string[]>> = {
  us: ['us-east-1', 'us-east-2', 'us-west-2'],
  eu: ['eu-central-1', 'eu-north-1', 'eu-west-1', 'eu-west-3'],
  apac: ['ap-northeast-1', 'ap-northeast-2', 'ap-south-1', 'ap-southeast-1', 'ap-southeast-2'],
  jp: ['ap-northeast-1', 'ap-northeast-3'],
  au: ['ap-southeast-2', 'ap-southeast-4'],
  ca: ['ca-central-1', 'ca-west-1'],
  'us-gov': ['us-gov-east-1', 'us-gov-west-1'],
  global: regions(
    'us-east-1 us-east-2 us-west-2 ap-northeast-1 ap-northeast-2 ap-south-1 ap-southeast-1 ap-southeast-2 ca-central-1 eu-central-1 eu-north-1 eu-west-1 eu-west-3 sa-east-1',
  ),
};

/** The first models with profiles are in fewer regions of a geography. */
const FEWER: Readonly<Record<string, readonly string[]>> = {
  'us.anthropic.claude-3-haiku-20240307-v1:0': US,
  'us.anthropic.claude-3-sonnet-20240229-v1:0': US,
  'us.anthropic.claude-3-opus-20240229-v1:0': US,
  'eu.anthropic.claude-3-haiku-20240307-v1:0': ['eu-central-1', 'eu-west-1', 'eu-west-3'],
  'eu.anthropic.claude-3-sonnet-20240229-v1:0': ['eu-central-1', 'eu-west-1', 'eu-west-3'],
};

/** Whether a model can be called by its own id in a region. */
export function isInRegion(model: Pick<FoundationModel, 'id' | 'inference'>, region: string): boolean {
  if (!model.inference.includes('ON_DEMAND')) return false;
  const regions = REGIONS[model.id];
  return regions ? regions.includes(region) : !/^(us-gov|cn)-/.test(region);
}

/** Whether a region offers a model at all: by its own id or through a profile. */
export function isOffered(model: FoundationModel, region: string): boolean {
  return isInRegion(model, region) || model.profiles.some((geography) => isCallableFrom(geography, region));
}

/** The regions that may serve a profile's requests from `home`: that first, where it is one of them. */
export function destinationsOf(profileId: string, home: string): readonly string[] {
  const { geography } = splitProfileId(profileId)!;
  const all = FEWER[profileId] ?? DESTINATIONS[geography];
  return all.includes(home) ? [home, ...all.filter((region) => region !== home)] : all;
}
