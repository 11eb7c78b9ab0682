import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';
import Link from '@cloudscape-design/components/link';
import { isValidElement, type ReactElement } from 'react';
import Markdown, { type Components } from 'react-markdown';
import remarkGfm from 'remark-gfm';
import { CodeBlock } from '../../../ui/code-block.tsx';
import './labs.css';

const components: Components = {
  a: ({ href, children }) => <Link {...(href === undefined ? {} : { href })}>{children}</Link>,
  pre: ({ children }) => {
    const text = isValidElement(children)
      ? String((children as ReactElement<{ children?: unknown }>).props.children ?? '').replace(/\n$/, '')
      : '';
    return (
      <div className="lab-code">
        <CodeBlock text={text} />
        <div className="lab-copy">
          <CopyToClipboard
            variant="icon"
            copyButtonAriaLabel="Copy the code"
            copySuccessText="Copied"
            copyErrorText="The browser did not allow it"
            textToCopy={text}
          />
        </div>
      </div>
    );
  },
  table: ({ children }) => (
    // A wide table is scrolled to, by keyboard as well.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <section className="lab-table" tabIndex={0} aria-label="Table">
      <table>{children}</table>
    </section>
  ),
};

/** A lab's own words: markdown, of which HTML is not shown. */
export const Prose = ({ text }: { text: string }) => (
  <div className="lab-prose">
    <Markdown remarkPlugins={[remarkGfm]} components={components} skipHtml>
      {text}
    </Markdown>
  </div>
);
