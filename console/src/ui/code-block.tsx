import './code-block.css';

/** Code or data as it is, to be read and copied. */
export function CodeBlock({ text, label }: { text: string; label?: string }) {
  return (
    <section className="code-block" aria-label={label ?? 'Code'}>
      {/* Long lines are scrolled to, by keyboard as well. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre tabIndex={0}>
        <code>{text}</code>
      </pre>
    </section>
  );
}

/** A value as indented JSON; bytes as their number. */
export const JsonBlock = ({ value, label }: { value: unknown; label?: string }) => (
  <CodeBlock text={jsonText(value)} label={label ?? 'JSON'} />
);

export const jsonText = (value: unknown): string =>
  JSON.stringify(
    value,
    (_key, each: unknown) => (each instanceof Uint8Array ? `<${each.byteLength} bytes>` : each),
    2,
  ) ?? '';
