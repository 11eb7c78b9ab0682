import AttributeEditor, { type AttributeEditorProps } from '@cloudscape-design/components/attribute-editor';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Link from '@cloudscape-design/components/link';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import type { Draft, Rating } from './evaluation-draft.ts';
import { RATING_METHODS } from './evaluation-kinds.ts';
import { TextField } from './fields.tsx';

/** What an evaluation by people has of its own. */
export function HumanFields({
  draft,
  set,
  fault,
}: {
  draft: Draft;
  set: (change: Partial<Draft>) => void;
  fault: (name: keyof Draft) => string | false | undefined;
}) {
  const change = (index: number, what: Partial<Rating>) =>
    set({ ratings: draft.ratings.map((rating, at) => (at === index ? { ...rating, ...what } : rating)) });
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={
            <>
              The team gets its access code under <Link href="#/review">Human review</Link>.
            </>
          }
        >
          People
        </Header>
      }
    >
      <SpaceBetween size="l">
        <TextField
          label="Flow definition"
          description="The ARN that names the team."
          placeholder="arn:aws:sagemaker:us-east-1:000000000000:flow-definition/my-team"
          value={draft.flowDefinition}
          onChange={(flowDefinition) => set({ flowDefinition })}
          fault={fault('flowDefinition')}
        />
        <FormField label="Instructions – optional">
          <Textarea
            value={draft.instructions}
            rows={3}
            onChange={({ detail }) => set({ instructions: detail.value })}
          />
        </FormField>
        <FormField label="Ratings" errorText={fault('ratings') || ''} stretch>
          <AttributeEditor<Rating>
            items={draft.ratings}
            addButtonText="Add rating"
            removeButtonText="Remove"
            empty="There are no ratings."
            onAddButtonClick={() =>
              set({ ratings: [...draft.ratings, { name: '', description: '', method: 'ThumbsUpDown' }] })
            }
            onRemoveButtonClick={({ detail }) =>
              set({ ratings: draft.ratings.filter((_, at) => at !== detail.itemIndex) })
            }
            definition={definitionOf(change)}
          />
        </FormField>
      </SpaceBetween>
    </Container>
  );
}

const definitionOf = (
  change: (index: number, what: Partial<Rating>) => void,
): AttributeEditorProps.FieldDefinition<Rating>[] => [
  {
    label: 'Name',
    control: ({ name }, index) => (
      <Input value={name} onChange={({ detail }) => change(index, { name: detail.value })} />
    ),
  },
  {
    label: 'Question to the reviewer',
    control: ({ description }, index) => (
      <Input value={description} onChange={({ detail }) => change(index, { description: detail.value })} />
    ),
  },
  {
    label: 'Method',
    control: ({ method }, index) => (
      <Select
        selectedOption={RATING_METHODS.find(({ value }) => value === method) ?? null}
        options={RATING_METHODS}
        onChange={({ detail }) => change(index, { method: detail.selectedOption.value! })}
      />
    ),
  },
];
