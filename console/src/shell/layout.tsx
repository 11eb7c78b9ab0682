import AppLayout from '@cloudscape-design/components/app-layout';
import HelpPanel from '@cloudscape-design/components/help-panel';
import SideNavigation, { type SideNavigationProps } from '@cloudscape-design/components/side-navigation';
import { useState, type ReactNode } from 'react';
import { useLocation } from 'react-router';
import { useMadeCalls } from '../aws/history.ts';
import { CodeOf } from '../ui/show-code.tsx';
import { Notices } from './notices.tsx';
import { GROUPS, services } from './services.ts';
import './shell.css';
import { TopBar } from './top-bar.tsx';

/** What is around every page: top bar, navigation, notices, and the code of what is on screen. */
export function Layout({ children }: { children: ReactNode }) {
  const { pathname } = useLocation();
  const [open, setOpen] = useState<boolean>();
  const [code, setCode] = useState(false);
  const service = services.find(({ nav }) => pathname.split('/')[1] === nav.path);
  const here = service?.nav.pages
    .map(({ path }) => `#/${service.nav.path}${path === '' ? '' : `/${path}`}`)
    .filter((href) => `#${pathname}`.startsWith(href))
    .sort((a, b) => b.length - a.length)[0];
  return (
    <>
      <TopBar showCode={() => setCode(true)} />
      <AppLayout
        headerSelector="#top"
        ariaLabels={{
          navigation: 'Services',
          navigationClose: 'Close the list of services',
          navigationToggle: 'Open the list of services',
          notifications: 'Notices',
          tools: 'Code',
          toolsClose: 'Close the code',
          toolsToggle: 'Show code',
        }}
        {...(open === undefined ? {} : { navigationOpen: open })}
        onNavigationChange={({ detail }) => setOpen(detail.open)}
        navigation={
          <SideNavigation
            header={{ text: 'Outcrop', href: '#/home' }}
            activeHref={here ?? `#${pathname}`}
            items={navigation(service?.nav.path)}
          />
        }
        notifications={<Notices />}
        stickyNotifications
        toolsOpen={code}
        onToolsChange={({ detail }) => setCode(detail.open)}
        tools={<Code />}
        toolsWidth={420}
        content={children}
      />
    </>
  );
}

function navigation(open: string | undefined): SideNavigationProps.Item[] {
  return GROUPS.flatMap((group) => {
    const items = services
      .filter(({ nav }) => nav.group === group && nav.path !== 'home')
      .map(({ nav }): SideNavigationProps.Link | SideNavigationProps.ExpandableLinkGroup => {
        const href = `#/${nav.path}`;
        if (nav.pages.length < 2)
          return { type: 'link', text: nav.title, href: nav.pages[0]?.path ? `${href}/${nav.pages[0].path}` : href };
        return {
          type: 'expandable-link-group',
          text: nav.title,
          href: `${href}${nav.pages[0]!.path === '' ? '' : `/${nav.pages[0]!.path}`}`,
          defaultExpanded: nav.path === open,
          items: nav.pages.map(({ title, path }) => ({
            type: 'link',
            text: title,
            href: path === '' ? href : `${href}/${path}`,
          })),
        };
      });
    return items.length === 0 ? [] : [{ type: 'section-group' as const, title: group, items }];
  });
}

function Code() {
  const calls = useMadeCalls();
  return (
    <HelpPanel header={<h2>Show code</h2>}>
      {calls.length === 0 ? (
        <p>The page on screen has called no AWS API yet.</p>
      ) : (
        <>
          <p>
            The page on screen comes of these calls. Each runs as it stands, with your credentials in the environment.
          </p>
          <CodeOf calls={calls} />
        </>
      )}
    </HelpPanel>
  );
}
