import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
  type CompletionSource,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { json } from '@codemirror/lang-json';
import { yaml } from '@codemirror/lang-yaml';
import {
  bracketMatching,
  defaultHighlightStyle,
  HighlightStyle,
  indentOnInput,
  syntaxHighlighting,
} from '@codemirror/language';
import { linter, lintGutter, lintKeymap, type Diagnostic } from '@codemirror/lint';
import { Compartment, EditorState } from '@codemirror/state';
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  keymap,
  lineNumbers,
  placeholder as placeholderOf,
} from '@codemirror/view';
import { useEffect, useRef } from 'react';
import { usePreferences } from '../shell/preferences.ts';
import './editor.css';

export type { CompletionSource, Diagnostic };

const LINT_DELAY_MS = 300;

/**
 * A text that is edited as code: JSON, YAML or plain. `check` says what is wrong and where, shortly after each change; `complete` what may
 * come next. Escape, then Tab, leaves it by keyboard. In a shadow root, for there its style sheets need no exception from the content
 * security policy. What is not its text stays as it was at first.
 */
export function Editor(props: {
  label: string;
  value: string;
  onChange?: (value: string) => void;
  language?: 'json' | 'yaml' | 'text';
  check?: (text: string) => readonly Diagnostic[] | Promise<readonly Diagnostic[]>;
  complete?: CompletionSource;
  placeholder?: string;
  /** CSS length; the text is scrolled beyond it. */
  maxHeight?: string;
  minHeight?: string;
  readOnly?: boolean;
}) {
  const { value, language = 'json' } = props;
  const { mode } = usePreferences();
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const latest = useRef(props);
  const parts = useRef({ mode: new Compartment(), language: new Compartment() });
  useEffect(() => {
    latest.current = props;
  });

  useEffect(() => {
    const { mode: modePart, language: languagePart } = parts.current;
    const { label, placeholder, maxHeight = '480px', minHeight = '120px', readOnly = false } = latest.current;
    const root = host.current!.shadowRoot ?? host.current!.attachShadow({ mode: 'open' });
    const made = new EditorView({
      root,
      parent: root,
      state: EditorState.create({
        doc: latest.current.value,
        extensions: [
          lineNumbers(),
          history(),
          drawSelection(),
          indentOnInput(),
          bracketMatching(),
          closeBrackets(),
          highlightActiveLine(),
          EditorView.lineWrapping,
          EditorState.readOnly.of(readOnly),
          // Said in so many words, for axe does not count what can be edited among what can be focused.
          EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
          ...(placeholder === undefined ? [] : [placeholderOf(placeholder)]),
          languagePart.of([]),
          modePart.of([]),
          autocompletion({
            override: [async (context) => (await latest.current.complete?.(context)) ?? null],
          }),
          lintGutter(),
          linter((current) => latest.current.check?.(current.state.doc.toString()) ?? [], { delay: LINT_DELAY_MS }),
          keymap.of([
            ...closeBracketsKeymap,
            ...defaultKeymap,
            ...historyKeymap,
            ...completionKeymap,
            ...lintKeymap,
            indentWithTab,
          ]),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) latest.current.onChange?.(update.state.doc.toString());
          }),
          EditorView.theme({
            '&': { fontSize: '12px', minHeight, maxHeight },
            '.cm-scroller': {
              overflow: 'auto',
              fontFamily: 'Monaco, Menlo, Consolas, "Courier Prime", Courier, monospace',
            },
          }),
        ],
      }),
    });
    view.current = made;
    return () => made.destroy();
  }, []);

  useEffect(() => {
    const dark = mode === 'dark';
    view.current?.dispatch({
      effects: parts.current.mode.reconfigure([
        EditorView.theme(dark ? DARK : LIGHT, { dark }),
        syntaxHighlighting(dark ? darkStyle : defaultHighlightStyle),
      ]),
    });
  }, [mode]);

  useEffect(() => {
    const found = language === 'json' ? json() : language === 'yaml' ? yaml() : [];
    view.current?.dispatch({ effects: parts.current.language.reconfigure(found) });
  }, [language]);

  useEffect(() => {
    const current = view.current;
    if (current && current.state.doc.toString() !== value)
      current.dispatch({ changes: { from: 0, to: current.state.doc.length, insert: value } });
  }, [value]);

  return <div className="editor" ref={host} />;
}

const LIGHT = {
  '&': { backgroundColor: '#ffffff', color: '#0f141a' },
  '.cm-gutters': { backgroundColor: '#f6f6f9', color: '#656871' },
};
const DARK = {
  '&': { backgroundColor: '#161d26', color: '#dedee3' },
  '.cm-gutters': { backgroundColor: '#0f141a', color: '#a4a4ad' },
  '.cm-cursor': { borderLeftColor: '#dedee3' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: '#1b2532' },
  '.cm-tooltip': { backgroundColor: '#1b2532', color: '#dedee3' },
};
const darkStyle = HighlightStyle.define(
  defaultHighlightStyle.specs.map(({ color: _color, ...spec }, index) => ({
    ...spec,
    color: ['#7dd3fc', '#fca5a5', '#86efac', '#fcd34d', '#c4b5fd'][index % 5]!,
  })),
);
