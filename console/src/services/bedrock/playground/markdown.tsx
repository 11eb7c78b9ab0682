import Link from '@cloudscape-design/components/link';
import TextContent from '@cloudscape-design/components/text-content';
import { memo } from 'react';
import ReactMarkdown, { type Components } from 'react-markdown';
import remarkGfm from 'remark-gfm';

const PLUGINS = [remarkGfm];
/** Nothing is fetched because a model says so: pictures of elsewhere are their text. */
const COMPONENTS: Components = {
  a: ({ href, children }) => (
    <Link href={href ?? '#'} external externalIconAriaLabel="Opens in a new tab">
      {children}
    </Link>
  ),
  img: ({ alt, src }) => <span>{`[image: ${alt || String(src)}]`}</span>,
  // Long lines are scrolled to, by keyboard as well.
  pre: ({ children }) => (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <pre tabIndex={0}>{children}</pre>
  ),
};

/** What a model wrote, as Markdown; HTML in it is text. Drawn anew only when it has changed: one answer grows while the others stand. */
export const Markdown = memo(({ text }: { text: string }) => (
  <div className="markdown">
    <TextContent>
      <ReactMarkdown remarkPlugins={PLUGINS} components={COMPONENTS}>
        {text}
      </ReactMarkdown>
    </TextContent>
  </div>
));
