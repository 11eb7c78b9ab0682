import { resource } from '../../kernel/inference/resource.ts';
import { defineService } from '../../kernel/service.ts';
import { access } from './access.ts';
import { CreatePrompt, CreatePromptVersion, DeletePrompt, GetPrompt, ListPrompts, UpdatePrompt } from './prompts.ts';
import { ListTagsForResource, TagResource, UntagResource } from './tags.ts';

/** Amazon Bedrock's build-time half: prompts, with their versions. */
export const service = defineService<typeof import('@aws-sdk/client-bedrock-agent')>({
  sdk: 'bedrock-agent',
  operations: {
    CreatePrompt,
    CreatePromptVersion,
    DeletePrompt,
    GetPrompt,
    ListPrompts,
    ListTagsForResource,
    TagResource,
    UntagResource,
    UpdatePrompt,
  },
  access,
  resource,
});
