import enMessages from '@cloudscape-design/components/i18n/messages/all.en';
import { I18nProvider } from '@cloudscape-design/components/i18n';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { lazy, Suspense, useEffect } from 'react';
import { HashRouter, Navigate, Route, Routes, useLocation, useRoutes } from 'react-router';
import { forgetCalls } from '../aws/history.ts';
import { useSession } from '../aws/session.ts';
import { factsOf } from '../aws/failure.ts';
import { Loading, Page } from '../ui/page.tsx';
import { PageBoundary } from './boundary.tsx';
import { Layout } from './layout.tsx';
import { forgetNotices, leavePage } from './notices.tsx';
import { services } from './services.ts';
import { SignIn } from './sign-in.tsx';

/** How often an answer that never came is asked for again; an error of the stack's is an answer. */
const RETRIES = 1;
const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      refetchOnWindowFocus: false,
      retry: (count, error) => count < RETRIES && factsOf(error).status === undefined && error.name === 'TypeError',
    },
  },
});

const routed = services.map(({ nav, load }) => ({
  nav,
  Pages: lazy(async () => {
    const { routes } = await load();
    return {
      default: function Pages() {
        return useRoutes([...routes, { path: '*', element: <NotFound /> }]);
      },
    };
  }),
}));

/** The console: sign-in, or the pages of the services at `#/<service>/…`. */
export function App() {
  const session = useSession();
  return (
    <I18nProvider locale="en" messages={[enMessages]}>
      <QueryClientProvider client={queries}>
        <HashRouter>{session ? <SignedIn key={`${session.arn} ${session.region}`} /> : <SignIn />}</HashRouter>
      </QueryClientProvider>
    </I18nProvider>
  );
}

function SignedIn() {
  const { pathname } = useLocation();
  useEffect(() => forgetNotices, []);
  return (
    <Layout>
      <Visit key={`visit ${pathname}`} />
      <PageBoundary key={pathname}>
        <Suspense fallback={<Loading />}>
          <Routes>
            <Route index element={<Navigate to="/home" replace />} />
            {routed.map(({ nav, Pages }) => (
              <Route key={nav.path} path={`${nav.path}/*`} element={<Pages />} />
            ))}
            <Route path="*" element={<NotFound />} />
          </Routes>
        </Suspense>
      </PageBoundary>
    </Layout>
  );
}

/** Of a page, until another is on screen. */
function Visit() {
  useEffect(
    () => () => {
      forgetCalls();
      leavePage();
    },
    [],
  );
  return null;
}

const NotFound = () => (
  <Page title="There is no such page">
    The address names nothing in this console. The navigation on the left has all there is.
  </Page>
);
