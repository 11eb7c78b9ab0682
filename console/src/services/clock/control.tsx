import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import { useClockState } from '../../aws/clock.ts';
import { PRESETS } from './presets.ts';
import { useMoveClock } from './use-clock.ts';

/** The clock in one button, for pages on which time matters. */
export function ClockControl() {
  const clock = useClockState();
  const { move, pending } = useMoveClock();
  const isFrozen = clock?.frozenAtMs !== undefined;
  return (
    <ButtonDropdown
      loading={pending}
      ariaLabel="Clock of the stack"
      items={[
        isFrozen ? { id: 'run', text: 'Let it run on' } : { id: 'freeze', text: 'Freeze' },
        ...PRESETS.map(({ name, ms }) => ({ id: String(ms), text: `Advance by ${name}` })),
        { id: 'reset', text: 'Back to real time', disabled: clock?.real !== false },
        { id: 'page', text: 'More', href: '#/clock' },
      ]}
      onItemClick={({ detail: { id } }) => {
        if (id === 'run' || id === 'freeze' || id === 'reset') void move({ action: id });
        else if (id !== 'page') void move({ action: 'advance', ms: Number(id) });
      }}
    >
      Clock
    </ButtonDropdown>
  );
}
