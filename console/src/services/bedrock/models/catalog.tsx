import Tabs from '@cloudscape-design/components/tabs';
import { useSearchParams } from 'react-router';
import { Page } from '../../../ui/page.tsx';
import { Bindings } from './bindings.tsx';
import { FoundationModels } from './foundation-models.tsx';
import { OwnModels } from './own-models.tsx';
import { Profiles } from './profiles.tsx';

/** All that can be named as a model, and what answers for it. */
export function Catalog() {
  const [query, setQuery] = useSearchParams();
  return (
    <Page
      title="Model catalog"
      trail={[{ text: 'Amazon Bedrock', href: '#/bedrock/models' }]}
      description="What can be called as a model, what it can do, and what answers for it on this stack."
    >
      <Tabs
        ariaLabel="Kinds of models"
        activeTabId={query.get('tab') ?? 'foundation'}
        onChange={({ detail }) => setQuery({ tab: detail.activeTabId }, { replace: true })}
        tabs={[
          { id: 'foundation', label: 'Foundation models', content: <FoundationModels /> },
          { id: 'profiles', label: 'Inference profiles', content: <Profiles /> },
          { id: 'own', label: 'Your models', content: <OwnModels /> },
          { id: 'bindings', label: 'Bindings', content: <Bindings /> },
        ]}
      />
    </Page>
  );
}
