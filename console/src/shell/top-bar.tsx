import TopNavigation, { type TopNavigationProps } from '@cloudscape-design/components/top-navigation';
import { useState } from 'react';
import { isRoot, leaveRole, setRegion, signOut, useSignedIn } from '../aws/session.ts';
import { useClockState } from '../aws/clock.ts';
import { timeText } from '../ui/text.ts';
import { setPreferences, usePreferences } from './preferences.ts';
import { REGIONS } from './regions.ts';
import { SwitchRole } from './switch-role.tsx';

/** Clock, code, region, and who is signed in. */
export function TopBar({ showCode }: { showCode: () => void }) {
  const session = useSignedIn();
  const { mode, density } = usePreferences();
  const [switching, setSwitching] = useState(false);
  const clock = useClockState();
  const utilities: TopNavigationProps.Utility[] = [
    ...(clock && !clock.real
      ? [
          {
            type: 'button',
            iconName: 'calendar',
            text: `${timeText(clock.now)}${clock.frozenAtMs === undefined ? '' : ' (frozen)'}`,
            title: 'The clock of the stack is not the real one',
            href: '#/clock',
            disableTextCollapse: true,
          } satisfies TopNavigationProps.Utility,
        ]
      : []),
    { type: 'button', text: 'Show code', iconName: 'script', ariaLabel: 'Show code', onClick: showCode },
    {
      type: 'menu-dropdown',
      text: REGIONS[session.region] ?? session.region,
      ariaLabel: `${REGIONS[session.region] ?? session.region}: region ${session.region}`,
      onItemClick: ({ detail }) => setRegion(detail.id),
      items: [...new Set([session.region, ...Object.keys(REGIONS)])].map((id) => ({
        id,
        text: `${REGIONS[id] ?? id} ${REGIONS[id] ? id : ''}`,
        ...(id === session.region ? { iconName: 'check' as const } : {}),
      })),
    },
    {
      type: 'menu-dropdown',
      text: nameOf(session.arn),
      description: session.arn,
      iconName: 'user-profile',
      ariaLabel: `${nameOf(session.arn)}: signed in as ${session.arn}`,
      onItemClick: ({ detail: { id } }) => {
        if (id === 'mode') setPreferences({ mode: mode === 'dark' ? 'light' : 'dark' });
        else if (id === 'density') setPreferences({ density: density === 'compact' ? 'comfortable' : 'compact' });
        else if (id === 'switch') setSwitching(true);
        else if (id === 'leave') leaveRole();
        else if (id === 'sign-out') {
          // Whoever signs in next begins at the beginning.
          location.hash = '#/home';
          signOut();
        }
      },
      items: [
        { id: 'mode', text: mode === 'dark' ? 'Light mode' : 'Dark mode' },
        { id: 'density', text: density === 'compact' ? 'Comfortable spacing' : 'Compact spacing' },
        {
          id: 'switch',
          text: 'Switch role',
          disabled: isRoot(session),
          ...(isRoot(session)
            ? { disabledReason: 'The account root cannot take on a role, on AWS as here: sign in as a user.' }
            : {}),
        },
        ...(session.base ? [{ id: 'leave', text: `Back to ${nameOf(session.base.arn)}` }] : []),
        { id: 'sign-out', text: 'Sign out' },
      ],
    },
  ];
  return (
    <div id="top">
      <TopNavigation
        identity={{ title: 'Outcrop', href: '#/home', logo: { src: '/_console/outcrop.svg', alt: '' } }}
        utilities={utilities}
        i18nStrings={{
          overflowMenuTriggerText: 'More',
          overflowMenuTitleText: 'All',
          searchIconAriaLabel: 'Search',
          searchDismissIconAriaLabel: 'Close search',
        }}
      />
      {switching && <SwitchRole onClose={() => setSwitching(false)} />}
    </div>
  );
}

/** `arn:aws:sts::0:assumed-role/Reader/ann` → `Reader/ann`. */
const nameOf = (arn: string): string => {
  const [, , , , account, ...rest] = arn.split(':');
  const name = rest.join(':');
  return name === 'root' ? `root @ ${account}` : name.replace(/^(?:user|assumed-role|federated-user)\//, '');
};
