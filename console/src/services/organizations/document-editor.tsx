import { Editor } from '../../ui/editor.tsx';
import { PolicyEditor } from '../../ui/policy-editor.tsx';

/** A policy of an organization: a service control policy is held against AWS's actions, others are JSON of their own. */
export function DocumentEditor(props: { type: string; value: string; onChange: (value: string) => void }) {
  const { type, value, onChange } = props;
  if (type === 'SERVICE_CONTROL_POLICY')
    return <PolicyEditor label="Policy document" kind="service-control" value={value} onChange={onChange} />;
  return <Editor label="Policy document" value={value} onChange={onChange} minHeight="240px" />;
}
