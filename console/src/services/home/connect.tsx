import ExpandableSection from '@cloudscape-design/components/expandable-section';
import { CodeOf } from '../../ui/show-code.tsx';

const FIRST = {
  serviceId: 'Bedrock Runtime',
  operation: 'Converse',
  input: {
    modelId: 'amazon.nova-lite-v1:0',
    messages: [{ role: 'user', content: [{ text: 'What is an outcrop?' }] }],
  },
};

/** How a program gets here. */
export const Connect = () => (
  <ExpandableSection
    variant="container"
    headerText="Connect a program"
    headerDescription="This address is an AWS endpoint: any SDK, the CLI and frameworks work with it unchanged. A first call:"
    defaultExpanded={false}
  >
    <CodeOf calls={[FIRST]} />
  </ExpandableSection>
);
