import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { useState } from 'react';
import { FormModal } from '../../ui/form-modal.tsx';
import { ModelSelect } from './model-select.tsx';
import { asksModel, KINDS, referenceTo, type Models, type Widget } from './types.ts';

const WIDTHS = [
  { value: 'third', label: 'A third' },
  { value: 'half', label: 'A half' },
  { value: 'full', label: 'The whole row' },
];
const SIZES = ['512x512', '768x768', '1024x1024'].map((value) => ({ value, label: value.replace('x', ' × ') }));

/** Numbers as they are typed, so that half a number is no fault yet. */
type Numbers = { temperature: string; topP: string; maxTokens: string; seed: string };

/** What a widget is: its title, its prompt, its model and parameters. */
export function WidgetDialog(props: {
  widget: Widget;
  isNew: boolean;
  others: readonly Widget[];
  models: Models | undefined;
  save: (widget: Widget) => Promise<void>;
  close: () => void;
}) {
  const { isNew, others, models, save, close } = props;
  const [widget, setWidget] = useState(props.widget);
  const [numbers, setNumbers] = useState<Numbers>(() => numbersOf(props.widget));
  const [tried, setTried] = useState(false);
  const change = (changes: Partial<Widget>) => setWidget({ ...widget, ...changes } as Widget);
  const count = (changes: Partial<Numbers>) => setNumbers({ ...numbers, ...changes });
  const faults = faultsOf(widget, numbers, others);
  const said = (field: keyof typeof faults) => (tried ? (faults[field] ?? '') : '');

  return (
    <FormModal
      title={isNew ? `Add ${KINDS[widget.kind].name.toLowerCase()}` : `Edit ${props.widget.title}`}
      size="large"
      action="Save"
      check={() => {
        setTried(true);
        return Object.values(faults).every((fault) => fault === undefined);
      }}
      submit={() => save(withNumbers(widget, numbers))}
      close={close}
    >
      <ColumnLayout columns={2}>
        <FormField label="Title" description="Prompts refer to the widget by it." errorText={said('title')}>
          <Input value={widget.title} onChange={({ detail }) => change({ title: detail.value })} />
        </FormField>
        <FormField label="Width" description="Of the grid; on narrow screens all of it.">
          <Select
            options={WIDTHS}
            selectedOption={WIDTHS.find(({ value }) => value === widget.width)!}
            onChange={({ detail }) => change({ width: detail.selectedOption.value as Widget['width'] })}
          />
        </FormField>
      </ColumnLayout>
      {widget.kind === 'input' && (
        <SpaceBetween size="m">
          <FormField label="Placeholder" stretch>
            <Input value={widget.placeholder} onChange={({ detail }) => change({ placeholder: detail.value })} />
          </FormField>
          <FormField label="Text at first" stretch>
            <Textarea value={widget.value} onChange={({ detail }) => change({ value: detail.value })} />
          </FormField>
        </SpaceBetween>
      )}
      {widget.kind === 'static' && (
        <FormField label="Text" stretch>
          <Textarea rows={6} value={widget.text} onChange={({ detail }) => change({ text: detail.value })} />
        </FormField>
      )}
      {asksModel(widget) && (
        <SpaceBetween size="m">
          <FormField
            label={widget.kind === 'chat' ? 'Instructions' : 'Prompt'}
            stretch
            errorText={said('prompt')}
            description="@Title or @[A longer title] stands for what another widget holds; @@ is an at sign."
          >
            <Textarea rows={6} value={widget.prompt} onChange={({ detail }) => change({ prompt: detail.value })} />
          </FormField>
          {others.length > 0 && (
            <SpaceBetween size="xs" direction="horizontal" alignItems="center">
              <Box variant="awsui-key-label">Refer to</Box>
              {others.map(({ id, title }) => (
                <Button
                  key={id}
                  variant="inline-link"
                  formAction="none"
                  ariaLabel={`Refer to ${title}`}
                  onClick={() =>
                    change({
                      prompt: `${widget.prompt}${/(?:^|\s)$/.test(widget.prompt) ? '' : ' '}${referenceTo(title)}`,
                    })
                  }
                >
                  {referenceTo(title)}
                </Button>
              ))}
            </SpaceBetween>
          )}
          <FormField label="Model" errorText={said('model')} stretch>
            <ModelSelect
              label="Model"
              models={widget.kind === 'image' ? models?.image : models?.text}
              value={widget.model}
              onChange={(model) => change({ model })}
            />
          </FormField>
        </SpaceBetween>
      )}
      {'temperature' in widget && (
        <ColumnLayout columns={3}>
          <FormField
            label="Temperature"
            description="0: the same answer each time. 1: the most varied."
            errorText={said('temperature')}
          >
            <Input
              inputMode="decimal"
              value={numbers.temperature}
              onChange={({ detail }) => count({ temperature: detail.value })}
            />
          </FormField>
          <FormField label="Top P" description="Empty: the model's own." errorText={said('topP')}>
            <Input inputMode="decimal" value={numbers.topP} onChange={({ detail }) => count({ topP: detail.value })} />
          </FormField>
          <FormField label="Maximum tokens" description="Of an answer." errorText={said('maxTokens')}>
            <Input
              inputMode="numeric"
              value={numbers.maxTokens}
              onChange={({ detail }) => count({ maxTokens: detail.value })}
            />
          </FormField>
        </ColumnLayout>
      )}
      {widget.kind === 'chat' && (
        <FormField label="Greeting" stretch>
          <Input value={widget.greeting} onChange={({ detail }) => change({ greeting: detail.value })} />
        </FormField>
      )}
      {widget.kind === 'image' && (
        <ColumnLayout columns={2}>
          <FormField label="Size">
            <Select
              options={SIZES}
              selectedOption={SIZES.find(({ value }) => value === widget.size)!}
              onChange={({ detail }) => change({ size: detail.selectedOption.value as '512x512' })}
            />
          </FormField>
          <FormField label="Seed" description="Empty: another picture each time." errorText={said('seed')}>
            <Input inputMode="numeric" value={numbers.seed} onChange={({ detail }) => count({ seed: detail.value })} />
          </FormField>
        </ColumnLayout>
      )}
    </FormModal>
  );
}

function numbersOf(widget: Widget): Numbers {
  const text = (value: number | undefined) => (value === undefined ? '' : String(value));
  const { temperature, topP, maxTokens, seed } = widget as Partial<Record<keyof Numbers, number>>;
  return { temperature: text(temperature), topP: text(topP), maxTokens: text(maxTokens), seed: text(seed) };
}

function withNumbers(widget: Widget, { temperature, topP, maxTokens, seed }: Numbers): Widget {
  if (widget.kind === 'image') {
    const { seed: _seed, ...rest } = widget;
    return { ...rest, ...(seed === '' ? {} : { seed: Number(seed) }) };
  }
  if (!('temperature' in widget)) return widget;
  const { topP: _topP, ...rest } = widget;
  return {
    ...rest,
    temperature: Number(temperature),
    maxTokens: Number(maxTokens),
    ...(topP === '' ? {} : { topP: Number(topP) }),
  };
}

const isNumber = (text: string, least: number, most: number, whole = false) =>
  text.trim() !== '' && Number(text) >= least && Number(text) <= most && (!whole || Number.isInteger(Number(text)));

function faultsOf(widget: Widget, numbers: Numbers, others: readonly Widget[]) {
  const title = widget.title.trim();
  const asks = asksModel(widget);
  const words = 'temperature' in widget;
  return {
    title:
      title === ''
        ? 'A widget has a title.'
        : title.length > 60
          ? '60 characters at most.'
          : /[@[\]]/.test(title)
            ? 'A title has no @, [ or ]: references are written with them.'
            : others.some((each) => each.title.toLowerCase() === title.toLowerCase())
              ? 'Another widget has this title.'
              : undefined,
    prompt: asks && widget.prompt.trim() === '' ? 'Say what the model is to do.' : undefined,
    model: asks && widget.model === '' ? 'Choose a model.' : undefined,
    temperature: words && !isNumber(numbers.temperature, 0, 1) ? 'A number from 0 to 1.' : undefined,
    topP:
      words && numbers.topP !== '' && !isNumber(numbers.topP, 0, 1) ? 'A number from 0 to 1, or nothing.' : undefined,
    maxTokens: words && !isNumber(numbers.maxTokens, 1, 8192, true) ? 'A whole number from 1 to 8,192.' : undefined,
    seed:
      widget.kind === 'image' && numbers.seed !== '' && !isNumber(numbers.seed, 0, 858_993_459, true)
        ? 'A whole number from 0 to 858,993,459, or nothing.'
        : undefined,
  };
}
