import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { TIER_LABELS, type Topic } from '../model.ts';
import { BLOCKING, Choice, Entry, WayFields } from './fields.tsx';
import { sectionOf, type SectionProps } from './section.ts';

function Topics({ form, change }: SectionProps) {
  const { topics } = form;
  const set = (index: number, part: Partial<Topic>) =>
    change({ topics: topics.map((topic, at) => (at === index ? { ...topic, ...part } : topic)) });
  return (
    <Container
      header={
        <Header variant="h2" description="What is not to be talked about, told by a definition and examples.">
          Denied topics
        </Header>
      }
    >
      <SpaceBetween size="l">
        {topics.map((topic, index) => (
          // A topic has no name of its own while it is typed: its place is what it is known by.
          <Entry
            key={index}
            title={`Topic ${index + 1}`}
            of={`topic ${index + 1}`}
            remove={() => change({ topics: topics.filter((_topic, at) => at !== index) })}
          >
            <FormField label={`Name of topic ${index + 1}`} stretch>
              <Input
                value={topic.name}
                onChange={({ detail }) => set(index, { name: detail.value })}
                placeholder="Investment advice"
              />
            </FormField>
            <FormField
              label={`Definition of topic ${index + 1}`}
              constraintText={`${topic.definition.length} of 200 characters in the Classic tier.`}
              stretch
            >
              <Textarea
                value={topic.definition}
                rows={2}
                onChange={({ detail }) => set(index, { definition: detail.value })}
              />
            </FormField>
            <FormField
              label={`Example phrases of topic ${index + 1}`}
              description="One on each line, up to five."
              stretch
            >
              <Textarea
                value={topic.examples}
                rows={3}
                onChange={({ detail }) => set(index, { examples: detail.value })}
              />
            </FormField>
            <WayFields
              of={`topic ${index + 1}`}
              value={topic}
              options={BLOCKING}
              onChange={(part) => set(index, part)}
            />
          </Entry>
        ))}
        <Button
          formAction="none"
          onClick={() =>
            change({ topics: [...topics, { name: '', definition: '', examples: '', input: 'BLOCK', output: 'BLOCK' }] })
          }
        >
          Add denied topic
        </Button>
        {topics.length > 0 && (
          <FormField label="Tier of denied topics" description="Standard needs a guardrail profile, below.">
            <Choice
              value={form.topicTier}
              options={['CLASSIC', 'STANDARD']}
              labels={TIER_LABELS}
              onChange={(topicTier) => change({ topicTier })}
            />
          </FormField>
        )}
      </SpaceBetween>
    </Container>
  );
}

/** Denied topics. */
export const TopicsSection = sectionOf(Topics, ['topics', 'topicTier']);
