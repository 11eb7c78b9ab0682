import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Toggle from '@cloudscape-design/components/toggle';

const KEYS: [keys: string[], what: string][] = [
  [
    ['1', '…', '5'],
    'Points of a scale; 1 is worst, 5 is best. In a comparison, 1 is Response 1 by far, 5 Response 2 by far',
  ],
  [['T', 'U'], 'Thumbs up'],
  [['F', 'D'], 'Thumbs down'],
  [['A', '←'], 'Response 1 is better'],
  [['B', '→'], 'Response 2 is better'],
  [['S'], 'No difference, in a comparison by points'],
  [['1', '2', '…'], 'Rank of a response; two may share one'],
  [['J', '↓'], 'To the next answer'],
  [['K', '↑'], 'To the answer before'],
  [['Enter'], 'Submit; in a text field with Ctrl'],
  [['?'], 'This list'],
];

/** The keyboard shortcuts, and whether they are on. */
export function Help(props: { keysOn: boolean; onKeysOn: (on: boolean) => void; onClose: () => void }) {
  return (
    <Modal
      visible
      header="Keyboard shortcuts"
      closeAriaLabel="Close"
      onDismiss={props.onClose}
      footer={
        <Box float="right">
          <Button variant="primary" onClick={props.onClose}>
            Close
          </Button>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <Box>
          Keys answer what is framed, and the frame goes on to the next answer. Tab, the arrows and the space bar work
          in each group of choices as everywhere.
        </Box>
        <Toggle checked={props.keysOn} onChange={({ detail }) => props.onKeysOn(detail.checked)}>
          Use keyboard shortcuts
        </Toggle>
        <dl className="review-keys">
          {KEYS.map(([keys, what]) => (
            <div key={what}>
              <dt>{keys.map((key) => (key === '…' ? <span key={key}>…</span> : <kbd key={key}>{key}</kbd>))}</dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
      </SpaceBetween>
    </Modal>
  );
}
