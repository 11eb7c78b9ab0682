import { BedrockClient, GetGuardrailCommand, UpdateGuardrailCommand } from '@aws-sdk/client-bedrock';
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import LineChart from '@cloudscape-design/components/line-chart';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { useMemo, useState } from 'react';
import { useRefresh, useSend } from '../../../../aws/call.ts';
import { tellSuccess } from '../../../../shell/notices.tsx';
import { useAction } from '../../../../ui/action.ts';
import { Choice } from '../editor/fields.tsx';
import {
  CONTENT_LABELS,
  formOf,
  GROUNDING_TYPES,
  inputOf,
  STRENGTH_LABELS,
  type ContentType,
  type GroundingType,
  type GuardrailForm,
  type Strength,
} from '../model.ts';
import { percentText, type Judged } from './sums.ts';
import { bestOf, changesOf, sweep, sweptTypes, type SweepOf, type SweepPoint, type SweepSettings } from './sweep.ts';

const DIRECTION_LABELS = { BOTH: 'Inputs and outputs', INPUT: 'Inputs', OUTPUT: 'Outputs' } as const;
const DIRECTIONS = ['BOTH', 'INPUT', 'OUTPUT'] as const;
const SERIES = [
  { title: 'Precision', of: 'precision' },
  { title: 'Recall', of: 'recall' },
  { title: 'F1', of: 'f1' },
  { title: 'False-block rate', of: 'falseBlockRate' },
] as const;

/** What other strengths and thresholds would do, computed from one run. */
export function SweepView({ id, judged }: { id: string; judged: readonly Judged[] }) {
  const types = useMemo(() => sweptTypes(judged), [judged]);
  const grounding = GROUNDING_TYPES.filter((type) =>
    judged.some(({ findings }) => findings.some(({ family, category }) => family === 'grounding' && category === type)),
  );
  const choices = [...(types.length > 1 ? ['ALL'] : []), ...types, ...grounding];
  const [chosen, setChosen] = useState('');
  const what = choices.includes(chosen) ? chosen : choices[0];
  const [direction, setDirection] = useState<SweepSettings['direction']>('BOTH');
  const [judge, setJudge] = useState<'whole' | 'alone'>('whole');

  return (
    <Container
      header={
        <Header
          variant="h2"
          description="What the guardrail would do at other strengths and thresholds, from the confidences and scores of the last run: nothing is called again. A filter that only detects counts as if it blocked."
        >
          Threshold sweep
        </Header>
      }
    >
      {what === undefined ? (
        'The guardrail has told no confidence of a content filter and no score of grounding: none of them looked at these texts.'
      ) : (
        <SpaceBetween size="l">
          <SpaceBetween direction="horizontal" size="l">
            <FormField label="Sweep">
              <Choice
                value={what}
                options={choices}
                labels={{
                  ALL: 'All content filters',
                  ...CONTENT_LABELS,
                  GROUNDING: 'Grounding',
                  RELEVANCE: 'Relevance',
                }}
                onChange={setChosen}
              />
            </FormField>
            {!isGrounding(what) && (
              <FormField label="Texts">
                <Choice value={direction} options={DIRECTIONS} labels={DIRECTION_LABELS} onChange={setDirection} />
              </FormField>
            )}
            <FormField label="Judged">
              <Choice
                value={judge}
                options={['whole', 'alone']}
                labels={{ whole: 'With all other filters', alone: 'By itself' }}
                onChange={setJudge}
              />
            </FormField>
          </SpaceBetween>
          <Swept
            id={id}
            judged={judged}
            what={what}
            settings={{
              of: isGrounding(what)
                ? { family: 'grounding', types: [what] }
                : { family: 'content', types: what === 'ALL' ? types : [what as ContentType] },
              direction: isGrounding(what) ? 'BOTH' : direction,
              alone: judge === 'alone',
            }}
          />
        </SpaceBetween>
      )}
    </Container>
  );
}

const isGrounding = (what: string): what is GroundingType => (GROUNDING_TYPES as readonly string[]).includes(what);

function Swept(props: { id: string; judged: readonly Judged[]; what: string; settings: SweepSettings }) {
  const { id, judged, settings } = props;
  const { of, direction } = settings;
  const send = useSend(BedrockClient);
  const refresh = useRefresh();
  const [applied, setApplied] = useState<SweepPoint['at']>();
  const { points, rows, unknown } = sweep(judged, settings);
  const best = bestOf(points);
  const isContent = of.family === 'content';
  const shown = isContent ? points : changesOf(points);

  const apply = useAction(async (signal, at: SweepPoint['at']) => {
    const draft = await send(GetGuardrailCommand, { guardrailIdentifier: id }, signal);
    const form = withSwept(formOf(draft), of, direction, at);
    await send(UpdateGuardrailCommand, { guardrailIdentifier: id, ...inputOf(form) }, signal);
    setApplied(at);
    tellSuccess(
      `The draft has ${isContent ? 'strength' : 'threshold'} ${labelOf(at)} now. Run the texts again to see it work.`,
    );
    await refresh();
  });

  return (
    <SpaceBetween size="l">
      {unknown > 0 && (
        <Alert type="info">
          Of {unknown} {unknown === 1 ? 'text' : 'texts'} not all confidences are known, for a filter is off in their
          direction. Set it to Low at least, and run again.
        </Alert>
      )}
      {isContent ? (
        <LineChart
          {...chart(points, rows)}
          xScaleType="categorical"
          xTitle="Strength"
          series={SERIES.map(({ title, of: measure }) => ({
            title,
            type: 'line' as const,
            valueFormatter: percentText,
            data: points.flatMap((point) => {
              const y = point[measure];
              return y === undefined ? [] : [{ x: labelOf(point.at), y }];
            }),
          }))}
          xDomain={points.map(({ at }) => labelOf(at))}
        />
      ) : (
        <LineChart
          {...chart(points, rows)}
          xScaleType="linear"
          xTitle="Threshold"
          xDomain={[0, 1]}
          series={SERIES.map(({ title, of: measure }) => ({
            title,
            type: 'line' as const,
            valueFormatter: percentText,
            data: points.flatMap((point) => {
              const y = point[measure];
              return y === undefined ? [] : [{ x: Number(point.at), y }];
            }),
          }))}
        />
      )}
      <Table<SweepPoint>
        variant="embedded"
        items={shown}
        wrapLines
        ariaLabels={{ tableLabel: 'Sweep' }}
        {...(isContent
          ? {}
          : {
              footer:
                'Thresholds in between decide as the line before them does. Scores are told to two places, so that a text whose score is the threshold may fall either way.',
            })}
        columnDefinitions={[
          {
            id: 'at',
            header: isContent ? 'Strength' : 'Threshold',
            isRowHeader: true,
            cell: ({ at }) => `${labelOf(at)}${at === best?.at ? ' (best F1)' : ''}`,
            minWidth: 120,
          },
          { id: 'precision', header: 'Precision', cell: ({ precision }) => percentText(precision) },
          { id: 'recall', header: 'Recall', cell: ({ recall }) => percentText(recall) },
          { id: 'f1', header: 'F1', cell: ({ f1 }) => percentText(f1) },
          {
            id: 'falseBlockRate',
            header: 'False-block rate',
            cell: ({ falseBlockRate }) => percentText(falseBlockRate),
          },
          { id: 'fp', header: 'False blocks', cell: ({ fp }) => fp },
          { id: 'fn', header: 'Missed', cell: ({ fn }) => fn },
          {
            id: 'apply',
            header: 'Draft',
            minWidth: 120,
            cell: ({ at }) => (
              <Button
                variant="inline-link"
                ariaLabel={`${applied === at ? 'Applied' : 'Apply this'}: ${labelOf(at)}`}
                disabled={apply.pending}
                onClick={() => void apply.run(at)}
              >
                {applied === at ? 'Applied' : 'Apply this'}
              </Button>
            ),
          },
        ]}
      />
    </SpaceBetween>
  );
}

const chart = (points: readonly SweepPoint[], rows: number) => ({
  ariaLabel: 'Precision and recall',
  height: 260,
  hideFilter: true,
  yDomain: [0, 1] as [number, number],
  yTitle: `Share, of ${rows.toLocaleString('en')} texts`,
  i18nStrings: {
    xTickFormatter: (x: number | string) => String(x),
    yTickFormatter: (y: number) => `${Math.round(y * 100)} %`,
    chartAriaRoleDescription: 'line chart',
    xAxisAriaRoleDescription: 'x axis',
    yAxisAriaRoleDescription: 'y axis',
    detailPopoverDismissAriaLabel: 'Dismiss',
    legendAriaLabel: 'Legend',
  },
  empty: points.length === 0 ? 'No texts.' : null,
});

const labelOf = (at: SweepPoint['at']): string => (typeof at === 'number' ? String(at) : STRENGTH_LABELS[at]);

/** The form with another strength or threshold, in the directions that were swept; what was off is on with it. */
function withSwept(
  form: GuardrailForm,
  of: SweepOf,
  direction: SweepSettings['direction'],
  at: SweepPoint['at'],
): GuardrailForm {
  if (of.family === 'grounding') {
    const grounding = { ...form.grounding };
    for (const type of of.types) grounding[type] = { ...grounding[type], on: true, threshold: String(at) };
    return { ...form, grounding };
  }
  const content = { ...form.content };
  for (const type of of.types) {
    const filter = content[type];
    content[type] = {
      ...filter,
      on: true,
      ...(direction === 'OUTPUT' ? {} : { inputStrength: at as Strength }),
      ...(direction === 'INPUT' || type === 'PROMPT_ATTACK' ? {} : { outputStrength: at as Strength }),
    };
  }
  return { ...form, content };
}
