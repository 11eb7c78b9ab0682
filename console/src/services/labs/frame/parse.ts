import { parse } from 'yaml';

/** Something in a lab's text that the learner fills in or sets off. */
export type Widget =
  | {
      kind: 'input';
      id: string;
      label: string;
      type: 'text' | 'number' | 'choice';
      options?: string[];
      /** Of a text of several lines. */
      rows?: number;
      /** What stands there at first. */
      value?: string;
      constraint?: string;
      /** The run of the lab's module that a button below it sets off. */
      run?: string;
      button?: string;
    }
  | { kind: 'run'; id: string; run: string; button: string }
  | {
      kind: 'call';
      id: string;
      operation: string;
      /** What is sent at first. */
      input: Record<string, unknown>;
      /** Members that are JSON as text in the API: here they may be written as objects. */
      documents?: string[];
      /** An earlier call of the lab: what was written there comes along, below what stands here. */
      from?: string;
    };

export type Block = { type: 'prose'; text: string } | { type: 'widget'; widget: Widget };
export type Step = { id: string; title: string; blocks: Block[]; hints: string[]; solution: string };
export type Lab = {
  id: string;
  title: string;
  summary: string;
  /** Of the exam. */
  domain: number;
  objectives: string[];
  minutes: number;
  services: string[];
  intro: string;
  steps: Step[];
  /** What follows the last step: what to remember. */
  outro: string;
};

/** A lab's text is not as `docs/labs.md` has it. */
class LabFault extends Error {
  override readonly name = 'LabFault';
}

const FENCE = /^(`{3,})(input|run|call|hint|solution)[ \t]*\n([\s\S]*?)^\1[ \t]*$/gm;

/** Reads a `lab.md`. Throws LabFault, naming the place, where it is not as `docs/labs.md` says. */
export function parseLab(id: string, text: string): Lab {
  const fault = (what: string): never => {
    throw new LabFault(`${id}/lab.md: ${what}`);
  };
  const front = /^---\n([\s\S]*?)\n---\n/.exec(text) ?? fault('there is no front matter');
  const facts = parse(front[1]!) as Omit<Lab, 'id' | 'intro' | 'steps' | 'outro'>;
  for (const member of ['title', 'summary', 'domain', 'objectives', 'minutes', 'services'] as const)
    if (facts[member] === undefined) fault(`the front matter has no ${member}`);
  const parts = text.slice(front[0].length).split(/^(?=## )/m);
  const intro = parts[0]!.startsWith('## ') ? '' : parts.shift()!;
  const steps: Step[] = [];
  const outro: string[] = [];
  for (const part of parts) {
    const heading = /^## Step ([a-z][a-z0-9-]*): (.+)\n/.exec(part);
    if (heading) steps.push(readStep(heading[1]!, heading[2]!.trim(), part.slice(heading[0].length), fault));
    else outro.push(part);
  }
  if (steps.length === 0) fault('there is no "## Step <id>: <title>"');
  const ids = steps.map((step) => step.id);
  if (new Set(ids).size < ids.length) fault('two steps have one id');
  return { id, ...facts, intro: intro.trim(), steps, outro: outro.join('\n').trim() };
}

function readStep(id: string, title: string, text: string, fault: (what: string) => never): Step {
  const step: Step = { id, title, blocks: [], hints: [], solution: '' };
  const prose = (part: string) => {
    if (part.trim() !== '') step.blocks.push({ type: 'prose', text: part.trim() });
  };
  let from = 0;
  for (const match of text.matchAll(FENCE)) {
    prose(text.slice(from, match.index));
    from = match.index + match[0].length;
    const [, , kind, body = ''] = match;
    if (kind === 'hint') step.hints.push(body.trim());
    else if (kind === 'solution') step.solution = body.trim();
    else step.blocks.push({ type: 'widget', widget: readWidget(kind!, body, `step ${id}`, fault) });
  }
  prose(text.slice(from));
  if (step.solution === '') fault(`step ${id} has no solution`);
  return step;
}

function readWidget(kind: string, body: string, where: string, fault: (what: string) => never): Widget {
  const read = parse(body) as Record<string, unknown>;
  const needs = { input: ['id', 'label'], run: ['id', 'run', 'button'], call: ['id', 'operation', 'input'] }[kind]!;
  for (const member of needs) if (read[member] === undefined) fault(`${where}: a ${kind} has no ${member}`);
  return { type: 'text', ...read, kind } as unknown as Widget;
}

/** The lab for who is signed in, and where: `$ACCOUNT` and `$REGION` stand for these in its text. */
export const filledLab = (lab: Lab, { account, region }: { account: string; region: string }): Lab =>
  JSON.parse(JSON.stringify(lab).replaceAll('$ACCOUNT', account).replaceAll('$REGION', region)) as Lab;
