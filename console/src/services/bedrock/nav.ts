import type { Nav } from '../../shell/services.ts';

export const nav: Nav = {
  path: 'bedrock',
  title: 'Amazon Bedrock',
  group: 'Machine learning',
  order: 10,
  description: 'Foundation models, guardrails and evaluation.',
  pages: [
    { title: 'Model catalog', path: 'models' },
    { title: 'Chat playground', path: 'chat' },
    { title: 'Guardrails', path: 'guardrails' },
    { title: 'Batch inference', path: 'batch' },
    { title: 'Evaluations', path: 'evaluations' },
    { title: 'Custom models', path: 'customization' },
    { title: 'Invocation logs', path: 'logs' },
  ],
};
