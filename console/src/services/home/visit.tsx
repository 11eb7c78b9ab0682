import Cards from '@cloudscape-design/components/cards';
import Header from '@cloudscape-design/components/header';
import Link from '@cloudscape-design/components/link';
import { services } from '../../shell/services.ts';

/** The ways into the console. */
export const Visit = () => (
  <Cards
    header={<Header variant="h2">What would you like to do?</Header>}
    items={services.filter(({ nav }) => nav.path !== 'home')}
    trackBy={({ nav }) => nav.path}
    cardsPerRow={[{ cards: 1 }, { minWidth: 480, cards: 2 }, { minWidth: 900, cards: 4 }]}
    cardDefinition={{
      header: ({ nav }) => (
        <Link href={`#/${nav.path}${nav.pages[0]?.path ? `/${nav.pages[0].path}` : ''}`} fontSize="heading-m">
          {nav.title}
        </Link>
      ),
      sections: [{ id: 'description', content: ({ nav }) => nav.description }],
    }}
    ariaLabels={{ cardsLabel: 'Services', itemSelectionLabel: () => '', selectionGroupLabel: '' }}
  />
);
