import Box from '@cloudscape-design/components/box';
import BreadcrumbGroup from '@cloudscape-design/components/breadcrumb-group';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import Spinner from '@cloudscape-design/components/spinner';
import { useEffect, type ReactNode } from 'react';
import './page.css';

/**
 * A page: its title, the way to it, what can be done, and its parts below each other. `bare`: the content has the title itself, as a
 * full-page table does.
 */
export function Page(props: {
  title: string;
  /** From the service on, without this page itself: `[{ text: 'Amazon S3', href: '#/s3/buckets' }]`. */
  trail?: { text: string; href: string }[];
  description?: ReactNode;
  actions?: ReactNode;
  info?: ReactNode;
  bare?: boolean;
  children: ReactNode;
}) {
  const { title, trail, bare } = props;
  useEffect(() => {
    document.title = `${title} | Outcrop`;
  }, [title]);
  return (
    <ContentLayout
      {...(trail
        ? {
            breadcrumbs: (
              <BreadcrumbGroup
                ariaLabel="The way to this page"
                items={[{ text: 'Outcrop', href: '#/home' }, ...trail, { text: title, href: '' }]}
              />
            ),
          }
        : {})}
      {...(bare
        ? {}
        : {
            header: (
              <Header
                variant="h1"
                {...(props.description === undefined ? {} : { description: props.description })}
                {...(props.actions === undefined ? {} : { actions: props.actions })}
                {...(props.info === undefined ? {} : { info: props.info })}
              >
                {title}
              </Header>
            ),
          })}
    >
      <div className="page-parts">{props.children}</div>
    </ContentLayout>
  );
}

/** What stands where something is still being fetched. */
export const Loading = ({ text = 'Loading' }: { text?: string }) => (
  <Box textAlign="center" padding="xxl" color="text-status-inactive">
    <Spinner size="large" /> {text}
  </Box>
);
