import { createHash } from 'node:crypto';
import type {
  AutomatedReasoningPolicyAnnotation,
  AutomatedReasoningPolicyBuildLogEntry,
  AutomatedReasoningPolicyBuildStep,
  AutomatedReasoningPolicyFidelityReport,
  AutomatedReasoningPolicyMutation,
} from '@aws-sdk/client-bedrock';
import type { BuiltPolicy } from '../../../engines/reason/build.ts';
import { ReasonError } from '../../../engines/reason/error.ts';
import type { Change, Mutation, Reasoner } from '../../../engines/reason/reason.ts';
import type { Engines } from '../../../kernel/engines.ts';
import {
  automatedReasoningPolicies,
  DRAFT,
  type AutomatedReasoningDefinition,
} from '../../../kernel/inference/automated-reasoning.ts';
import type { Kernel } from '../../../kernel/kernel.ts';
import type { ServiceJob } from '../../../kernel/service.ts';
import type { Key } from '../../../kernel/store/keys.ts';
import { GUARD_CONTENT_CHARACTERS_MAX, SCENARIO_RULES_MAX } from './limits.ts';
import { assets, builds, documents, type Build, type BuildAssets, type SourceDocument } from './records.ts';

type Text = { document: SourceDocument; text: string };

/** Builds what was asked for. What cannot be built for its input's sake is told in the log; the build has failed then. */
export const buildJob: ServiceJob<Key> = {
  async run({ job, signal, kernel, engines }) {
    const key = job.input;
    const build = await kernel.store.get(builds, key);
    if (!build) return { failed: true };
    const reasoner = await engines.reason.get();
    const step = (status: Build['status']) => setStatus(kernel, key, status);
    let made: BuildAssets;
    try {
      await step('PREPROCESSING');
      const texts = await readTexts(kernel, engines, key, signal);
      await step('BUILDING');
      made = await make(build, texts, await baseOf(kernel, build), reasoner, signal);
      await step('TESTING');
      if (made.definition) made = { ...made, ...(await testsOf(made.definition, reasoner, signal)) };
    } catch (error) {
      signal.throwIfAborted();
      if (!isFinal(error)) throw error;
      await kernel.store.transact((tx) => tx.put(assets, key, { log: [failure(build, error.message)] }));
      return { failed: true };
    }
    await kernel.store.transact(async (tx) => {
      if (await tx.get(builds, key)) tx.put(assets, key, made);
    });
    return { failed: false };
  },
  async ended(tx, { state, input, result, endedAtMs }) {
    const build = await tx.get(builds, input);
    if (!build) return;
    const failed = state === 'failed' || (result as { failed?: boolean } | undefined)?.failed === true;
    const status = state === 'cancelled' ? 'CANCELLED' : failed ? 'FAILED' : 'COMPLETED';
    tx.put(builds, input, { ...build, status, updatedAtMs: endedAtMs! });
  },
};

/** Errors that trying again would not help: they are told in the log. */
const isFinal = (error: unknown): error is Error =>
  (error instanceof ReasonError &&
    ['invalid_policy', 'invalid_expression', 'too_complex', 'missing_package'].includes(error.code)) ||
  (error instanceof Error && error.name === 'DocumentError');

async function setStatus(kernel: Kernel, key: Key, status: Build['status']): Promise<void> {
  await kernel.store.transact(async (tx) => {
    const build = await tx.get(builds, key);
    if (build && build.status !== 'CANCEL_REQUESTED')
      tx.put(builds, key, { ...build, status, updatedAtMs: kernel.clock.now() });
  });
}

async function readTexts(kernel: Kernel, engines: Engines, key: Key, signal: AbortSignal): Promise<Text[]> {
  const texts: Text[] = [];
  for (const { value: document } of await kernel.store.range(documents, key)) {
    const text =
      document.contentType === 'txt'
        ? Buffer.from(document.bytes).toString('utf8')
        : (await engines.documents.read(document.bytes, 'pdf', { signal })).text;
    texts.push({ document, text });
  }
  return texts;
}

/** What a build begins with: what it was given, else the draft; for documents, nothing. */
async function baseOf(
  kernel: Kernel,
  { source, type, account, region, policyId }: Build,
): Promise<AutomatedReasoningDefinition> {
  if (source.definition) return source.definition;
  if (type === 'INGEST_CONTENT') return {};
  const draft = await kernel.store.get(automatedReasoningPolicies, [account, region, policyId, DRAFT]);
  return draft?.definition ?? {};
}

async function make(
  build: Build,
  texts: readonly Text[],
  base: AutomatedReasoningDefinition,
  reasoner: Reasoner,
  signal: AbortSignal,
): Promise<BuildAssets> {
  switch (build.type) {
    case 'INGEST_CONTENT': {
      const [{ text }] = texts as [Text];
      const built = await reasoner.build(text, { base, signal });
      const { definition } = built;
      return { definition, log: logOf(built), fidelity: await fidelityOf(definition, texts, reasoner, signal) };
    }
    case 'REFINE_POLICY':
      return refine(base, build.source.annotations ?? [], reasoner, signal);
    case 'GENERATE_FIDELITY_REPORT':
      return { fidelity: await fidelityOf(base, texts, reasoner, signal) };
    default:
      return { definition: base, log: [] };
  }
}

async function testsOf(
  definition: AutomatedReasoningDefinition,
  reasoner: Reasoner,
  signal: AbortSignal,
): Promise<BuildAssets> {
  const quality = await reasoner.quality(definition, { signal });
  const found = await reasoner.scenarios(definition, { signal, rules: SCENARIO_RULES_MAX });
  const scenarios = found.map(({ expression, words, expected, ruleIds }) => ({
    expression,
    alternateExpression: words,
    expectedResult: expected === 'invalid' ? ('INVALID' as const) : ('SATISFIABLE' as const),
    ruleIds,
  }));
  return {
    quality: {
      typeCount: definition.types?.length ?? 0,
      variableCount: definition.variables?.length ?? 0,
      ruleCount: definition.rules?.length ?? 0,
      ...quality,
    },
    scenarios,
    testCases: scenarios
      .filter(({ alternateExpression }) => alternateExpression.length <= GUARD_CONTENT_CHARACTERS_MAX)
      .map(({ alternateExpression, expectedResult }) => ({
        queryContent: '',
        guardContent: alternateExpression,
        expectedAggregatedFindingsResult: expectedResult,
      })),
  };
}

/** What was made of each statement of a document. */
function logOf({ definition, statements }: BuiltPolicy): AutomatedReasoningPolicyBuildLogEntry[] {
  const seen = new Set<string>();
  const once = <T>(name: string, made: T): T[] => (seen.has(name) ? [] : (seen.add(name), [made]));
  return statements.map(({ text, lines, rules, variables, types, unread }) => {
    const annotation = { ingestContent: { content: text } };
    const where = `line ${lines[0]}`;
    if (unread !== undefined)
      return { annotation, status: 'FAILED', buildSteps: [planning(`Not read, ${where}: ${unread}.`, 'WARNING')] };
    const mutations: Mutation[] = [
      ...types.flatMap((name) =>
        once(`type ${name}`, { kind: 'addType' as const, type: definition.types!.find((each) => each.name === name)! }),
      ),
      ...variables.flatMap((name) =>
        once(`variable ${name}`, {
          kind: 'addVariable' as const,
          variable: definition.variables!.find((each) => each.name === name)!,
        }),
      ),
      ...rules.flatMap((id) =>
        once(`rule ${id}`, { kind: 'addRule' as const, rule: definition.rules!.find((each) => each.id === id)! }),
      ),
    ];
    return {
      annotation,
      status: 'APPLIED',
      buildSteps:
        mutations.length > 0
          ? mutations.map((mutation) => mutated(mutation, `Read, ${where}.`))
          : [planning(`Said before, ${where}.`, 'INFO')],
    };
  });
}

const planning = (message: string, messageType: 'INFO' | 'WARNING' | 'ERROR'): AutomatedReasoningPolicyBuildStep => ({
  context: { planning: {} },
  messages: [{ message, messageType }],
});
const mutated = (mutation: Mutation, message: string): AutomatedReasoningPolicyBuildStep => ({
  context: { mutation: mutationOf(mutation) },
  messages: [{ message, messageType: 'INFO' }],
});

function mutationOf(mutation: Mutation): AutomatedReasoningPolicyMutation {
  switch (mutation.kind) {
    case 'addType':
      return { addType: { type: mutation.type } };
    case 'updateType':
      return { updateType: { type: mutation.type } };
    case 'deleteType':
      return { deleteType: { name: mutation.name } };
    case 'addVariable':
      return { addVariable: { variable: mutation.variable } };
    case 'updateVariable':
      return { updateVariable: { variable: mutation.variable } };
    case 'deleteVariable':
      return { deleteVariable: { name: mutation.name } };
    case 'addRule':
      return { addRule: { rule: mutation.rule } };
    case 'updateRule':
      return { updateRule: { rule: mutation.rule } };
    default:
      return { deleteRule: { id: mutation.id } };
  }
}

/** Applies annotations one after the other; one that does not fit is told, and changes nothing. */
async function refine(
  base: AutomatedReasoningDefinition,
  annotations: readonly AutomatedReasoningPolicyAnnotation[],
  reasoner: Reasoner,
  signal: AbortSignal,
): Promise<BuildAssets> {
  let definition = base;
  const log: AutomatedReasoningPolicyBuildLogEntry[] = [];
  for (const annotation of annotations) {
    try {
      const changed = await reasoner.change(definition, changeOf(annotation), { signal });
      definition = changed.definition;
      log.push({
        annotation,
        status: 'APPLIED',
        buildSteps: changed.mutations.map((mutation) => mutated(mutation, 'Applied.')),
      });
    } catch (error) {
      if (!(error instanceof ReasonError)) throw error;
      log.push({ annotation, status: 'FAILED', buildSteps: [planning(error.message, 'ERROR')] });
    }
  }
  return { definition, log };
}

const described = (description: string | undefined) => (description === undefined ? {} : { description });

function changeOf(annotation: AutomatedReasoningPolicyAnnotation): Change {
  if (annotation.addType) {
    const { name, description, values } = annotation.addType;
    return {
      kind: 'addType',
      type: {
        name: name!,
        ...described(description),
        values: values!.map(({ value, description }) => ({ value: value!, ...described(description) })),
      },
    };
  }
  if (annotation.updateType) {
    const { name, newName, description, values } = annotation.updateType;
    return {
      kind: 'updateType',
      name: name!,
      ...(newName === undefined ? {} : { newName }),
      ...described(description),
      values: values!.map(({ addTypeValue, updateTypeValue, deleteTypeValue }) => {
        if (addTypeValue) return { kind: 'add', value: addTypeValue.value!, ...described(addTypeValue.description) };
        if (deleteTypeValue) return { kind: 'delete', value: deleteTypeValue.value! };
        const { value, newValue, description } = updateTypeValue!;
        return {
          kind: 'update',
          value: value!,
          ...(newValue === undefined ? {} : { newValue }),
          ...described(description),
        };
      }),
    };
  }
  if (annotation.deleteType) return { kind: 'deleteType', name: annotation.deleteType.name! };
  if (annotation.addVariable) {
    const { name, type, description } = annotation.addVariable;
    return { kind: 'addVariable', variable: { name: name!, type: type!, description: description! } };
  }
  if (annotation.updateVariable) {
    const { name, newName, description } = annotation.updateVariable;
    return {
      kind: 'updateVariable',
      name: name!,
      ...(newName === undefined ? {} : { newName }),
      ...described(description),
    };
  }
  if (annotation.deleteVariable) return { kind: 'deleteVariable', name: annotation.deleteVariable.name! };
  if (annotation.addRule) return { kind: 'addRule', expression: annotation.addRule.expression! };
  if (annotation.updateRule)
    return { kind: 'updateRule', id: annotation.updateRule.ruleId!, expression: annotation.updateRule.expression! };
  if (annotation.deleteRule) return { kind: 'deleteRule', id: annotation.deleteRule.ruleId! };
  if (annotation.addRuleFromNaturalLanguage)
    return { kind: 'read', text: annotation.addRuleFromNaturalLanguage.naturalLanguage! };
  if (annotation.ingestContent) return { kind: 'read', text: annotation.ingestContent.content! };
  const { ruleIds, feedback } = annotation.updateFromRulesFeedback ?? annotation.updateFromScenarioFeedback!;
  if (feedback === undefined)
    throw new ReasonError('invalid_policy', 'Feedback is read as the rule that should hold; there is none.');
  return {
    kind: 'read',
    text: feedback,
    ...(annotation.updateFromRulesFeedback && ruleIds ? { replaces: ruleIds } : {}),
  };
}

async function fidelityOf(
  definition: AutomatedReasoningDefinition,
  texts: readonly Text[],
  reasoner: Reasoner,
  signal: AbortSignal,
): Promise<AutomatedReasoningPolicyFidelityReport> {
  const found = await reasoner.fidelity(
    definition,
    texts.map(({ text }) => text),
    { signal },
  );
  const statementId = (document: number, statement: number) => `${document + 1}.${statement + 1}`;
  const references = (at: readonly { document: number; statement: number }[]) =>
    at.map(({ document, statement }) => ({
      documentId: texts[document]!.document.id,
      statementId: statementId(document, statement),
    }));
  return {
    coverageScore: found.coverage,
    accuracyScore: found.accuracy,
    ruleReports: Object.fromEntries(
      found.rules.map(({ id, statements, accuracy, why }) => [
        id,
        {
          rule: id,
          groundingStatements: references(statements),
          groundingJustifications: statements.map(() => why),
          accuracyScore: accuracy,
          accuracyJustification: why,
        },
      ]),
    ),
    variableReports: Object.fromEntries(
      (definition.variables ?? []).map(({ name }) => {
        const at = found.documents.flatMap((statements, document) =>
          statements.flatMap(({ variables }, statement) => (variables.includes(name) ? [{ document, statement }] : [])),
        );
        const why =
          at.length > 0 ? 'Statements of the documents speak of it.' : 'No statement of the documents speaks of it.';
        return [
          name,
          {
            policyVariable: name,
            groundingStatements: references(at),
            groundingJustifications: at.map(() => why),
            accuracyScore: at.length > 0 ? 1 : 0,
            accuracyJustification: why,
          },
        ];
      }),
    ),
    documentSources: texts.map(({ document, text }, index) => ({
      documentName: document.name,
      documentHash: createHash('sha256').update(document.bytes).digest('hex'),
      documentId: document.id,
      atomicStatements: found.documents[index]!.map((statement, at) => ({
        id: statementId(index, at),
        text: statement.text,
        location: { lines: statement.lines },
      })),
      documentContent: [
        {
          content: text.split(/\r\n|\r|\n/).map((lineText, at) => ({ line: { lineNumber: at + 1, lineText } })),
        },
      ],
    })),
  };
}

/** The entry of a build that has failed. */
const failure = (build: Build, message: string): AutomatedReasoningPolicyBuildLogEntry => ({
  annotation: { ingestContent: { content: build.document?.name ?? build.type } },
  status: 'FAILED',
  buildSteps: [planning(message, 'ERROR')],
});
