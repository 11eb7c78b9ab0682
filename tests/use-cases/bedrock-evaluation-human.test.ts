import { describe, expect, it } from 'vitest';
import {
  FLOW,
  materials,
  mean,
  people,
  startEvaluations,
  STRONG,
} from '../../src/services/bedrock/evaluation/evaluation.fixture.ts';

const stack = await startEvaluations('bedrock-evaluation-human');
const { random, between, answering, outcrop, upload, create, get, ended, output, worker, manage, report } = stack;
const { facts } = materials(stack);

describe('bedrock-eval-human', () => {
  it('bedrock-eval-human.1: people of the own team rate on the page; averages equal their clicks, and what is unfinished keeps the job open', async () => {
    const lines = facts(4);
    answering['strong'] = (prompt) => `<b>The answer to</b> "${prompt.length}" is known.`;
    const uri = await upload(
      lines.map(({ prompt, reference }) => ({
        prompt,
        referenceResponse: reference,
        modelResponses: [{ response: `It is ${reference}.`, modelIdentifier: 'challenger' }],
      })),
    );
    const { code } = (await manage('POST', 'review-teams', { team: FLOW, workersPerTask: 2 })) as { code: string };
    const { jobArn, jobName } = await create(
      people(uri, { helpful: 'IndividualLikertScale', accepted: 'ThumbsUpDown', preferred: 'ComparisonChoice' }),
    );
    await outcrop.clock.advance(0);
    const [ann, ben] = [await worker(code, 'Ann'), await worker(code, 'Ben')];
    const clicks: { points: Record<string, number>; thumbs: Record<string, boolean>; chosen: string }[] = [];
    const orders = new Set<string>();
    for (const person of [ann, ben]) {
      for (const _ of lines) {
        expect((await get(jobArn)).status).toBe('InProgress');
        const { text: told, task } = (await person.claim())!;
        expect(task.instructions).toBe('Rate with <care> & sense.');
        for (const name of ['llama', 'challenger', 'anthropic', 'meta.', STRONG])
          expect(told.toLowerCase()).not.toContain(name);
        const ofStrong = task.responses.findIndex((text) => text.startsWith('<b>'));
        orders.add(String(ofStrong));
        const [left, right] = [between(1, 5), between(1, 5)];
        const [up, down] = [random() < 0.5, random() < 0.5];
        const chosen = between(0, 1);
        expect(
          (
            await person.submit(task, [
              [left, right],
              [up, down],
            ])
          ).status,
        ).toBe(409);
        expect((await person.submit(task, [[left, right], [up, down], chosen])).status).toBe(200);
        clicks.push({
          points: ofStrong === 0 ? { strong: left, challenger: right } : { strong: right, challenger: left },
          thumbs: ofStrong === 0 ? { strong: up, challenger: down } : { strong: down, challenger: up },
          chosen: chosen === ofStrong ? 'strong' : 'challenger',
        });
      }
      expect(await person.claim()).toBeUndefined();
    }
    expect(orders.size).toBe(2);
    const job = await ended(jobArn);
    expect([job.status, job.failureMessages, job.jobType]).toEqual(['Completed', undefined, 'Human']);
    const { keys, rows } = await output(jobName);
    expect(keys[0]).toMatch(new RegExp(`^out/${jobName}/[0-9a-f-]{36}/datasets/rated/[0-9a-f-]{36}_output\\.jsonl$`));
    const results = rows as unknown as {
      humanEvaluationResult: {
        flowDefinitionArn: string;
        humanAnswers: {
          workerId: string;
          answerContent: { evaluationResults: Record<string, { modelResponseId: string; result: number }[]> };
        }[];
        modelResponseIdMap: Record<string, string>;
      };
    }[];
    expect(results.flatMap((row) => row.humanEvaluationResult.humanAnswers)).toHaveLength(8);
    expect(results[0]!.humanEvaluationResult).toMatchObject({
      flowDefinitionArn: FLOW,
      modelResponseIdMap: { '0': `arn:aws:bedrock:us-east-1::foundation-model/${STRONG}`, '1': 'challenger' },
    });
    const likert = results.flatMap((row) =>
      row.humanEvaluationResult.humanAnswers.flatMap(
        ({ answerContent }) => answerContent.evaluationResults['individualLikertScale']!,
      ),
    );
    const averageOf = (id: string) =>
      mean(likert.filter(({ modelResponseId }) => modelResponseId === id).map(({ result }) => result));
    expect(averageOf('0')).toBeCloseTo(mean(clicks.map(({ points }) => points['strong']!)), 10);
    expect(averageOf('1')).toBeCloseTo(mean(clicks.map(({ points }) => points['challenger']!)), 10);
    const { metrics, workers } = await report(jobName);
    expect(workers).toBe(2);
    expect(metrics[0].models[1].average).toBeCloseTo(averageOf('1'), 10);
    expect(metrics[1].models[0].average).toBeCloseTo(mean(clicks.map(({ thumbs }) => Number(thumbs['strong']))), 10);
    expect(metrics[2].models.map(({ wins }: { wins: number }) => wins)).toEqual(
      ['strong', 'challenger'].map((name) => clicks.filter(({ chosen }) => chosen === name).length),
    );
  });

  it('bedrock-eval-human.2: of two models side by side wins and ties equal the clicks, with an interval of confidence', async () => {
    const lines = facts(12);
    answering['strong'] = () => 'Yes, that is known.';
    const uri = await upload(
      lines.map(({ prompt, reference }) => ({
        prompt,
        modelResponses: [{ response: `It is ${reference}.`, modelIdentifier: 'challenger' }],
      })),
    );
    const { code } = await manage('POST', 'review-teams', { team: FLOW });
    const { jobArn, jobName } = await create(people(uri, { better: 'ComparisonLikertScale', order: 'ComparisonRank' }));
    await outcrop.clock.advance(0);
    const person = await worker(code, 'Cleo');
    const wins = { strong: 0, challenger: 0, tie: 0 };
    for (const _ of lines) {
      const { task } = (await person.claim())!;
      const strongAt = task.responses.indexOf('Yes, that is known.');
      const points = between(1, 5);
      const winner = points === 3 ? 'tie' : (points < 3 ? 0 : 1) === strongAt ? 'strong' : 'challenger';
      wins[winner]++;
      const ranks = winner === 'tie' ? [1, 1] : (winner === 'strong') === (strongAt === 0) ? [1, 2] : [2, 1];
      expect((await person.submit(task, [points, ranks])).status).toBe(200);
    }
    expect((await ended(jobArn)).status).toBe('Completed');
    const { metrics } = await report(jobName);
    for (const metric of metrics) {
      expect([metric.ties, ...metric.models.map(({ wins }: { wins: number }) => wins)]).toEqual([
        wins.tie,
        wins.strong,
        wins.challenger,
      ]);
      const decided = wins.strong + wins.challenger;
      const [low, high] = metric.models[0].confidenceInterval as [number, number];
      if (decided === 0) continue;
      // The bounds of Wilson's interval are where the observed share is 1.96 standard errors away.
      for (const bound of [low, high].filter((each) => each > 0 && each < 1))
        expect(Math.abs(wins.strong / decided - bound) / Math.sqrt((bound * (1 - bound)) / decided)).toBeCloseTo(
          1.96,
          3,
        );
    }
  });

  it('the work of a team is not there for the workers of another', async () => {
    answering['strong'] = () => 'Yes.';
    const uri = await upload([
      { prompt: 'Why?', modelResponses: [{ response: 'No.', modelIdentifier: 'challenger' }] },
    ]);
    const { code } = await manage('POST', 'review-teams', { team: FLOW });
    const others = await manage('POST', 'review-teams', { team: FLOW.replace('own-team', 'other-team') });
    const { jobArn } = await create(people(uri, { good: 'ThumbsUpDown' }));
    await outcrop.clock.advance(0);
    const own = await worker(code, 'Gil');
    const { task } = (await own.claim())!;
    const stranger = await worker(others.code, 'Gil');
    expect((await stranger.work()).queues).toEqual([]);
    const headers = { cookie: stranger.cookie, 'x-outcrop-review-token': stranger.token };
    const { queue, index } = task;
    for (const [path, body] of [
      ['/claim', { queue }],
      ['/release', { queue, index }],
      ['/submit', { queue, index, answers: [[true, false]] }],
    ] as const)
      expect((await stranger.step(path, body, headers)).status).toBe(404);
    expect((await own.submit(task, [[true, false]])).status).toBe(200);
    expect((await ended(jobArn)).status).toBe('Completed');
  });

  it('the work is open to whoever has the code, and takes steps of its own page alone', async () => {
    const { code } = await manage('POST', 'review-teams', { team: FLOW });
    expect((await worker('0'.repeat(32), 'Mallory')).status).toBe(403);
    const dora = await worker(code, '<i>Dora</i>');
    expect(dora.status).toBe(200);
    const { cookie, token, step } = dora;
    expect((await dora.work()).worker.name).toBe('<i>Dora</i>');
    const set = (await step('/sign-in', { name: 'Dora', code })).headers.get('set-cookie')!;
    expect(set).toMatch(/^outcrop-review=[0-9a-f]{64}; Path=\/_outcrop\/review; HttpOnly; SameSite=Strict$/);
    const own = { cookie, 'x-outcrop-review-token': token };
    const forged = token.replace(/./, (first) => (first === '0' ? '1' : '0'));
    expect((await step('/sign-out', {}, { cookie })).status).toBe(403);
    expect((await step('/sign-out', {}, { cookie, 'x-outcrop-review-token': forged })).status).toBe(403);
    expect((await step('/sign-out', {}, { 'x-outcrop-review-token': token })).status).toBe(401);
    expect((await step('/claim', { queue: 'bedrock-evaluation-none' }, own)).status).toBe(404);
    expect((await step('/toString', { queue: 'bedrock-evaluation-none' }, own)).status).toBe(404);
    // As a form of another site would come: a type that browsers send without asking first.
    const form = await fetch(`${outcrop.endpoint}/_outcrop/review/sign-out`, {
      method: 'POST',
      headers: { ...own, 'content-type': 'text/plain' },
      body: '{}',
    });
    expect(form.status).toBe(415);
    expect((await step('/sign-out', {}, own)).status).toBe(200);
    expect(await dora.work()).toEqual({ worker: null });
    expect((await step('/sign-in', { name: 'x', code }, { origin: 'https://elsewhere.example' })).status).toBe(403);
    const huge = await step('/sign-in', { name: 'x'.repeat(300_000), code });
    expect([huge.status, await huge.text()]).toEqual([413, expect.stringContaining('larger than')]);
    const neighbour = await step('/sign-in', { name: 'x', code }, { origin: 'http://localhost:1' });
    expect(await neighbour.text()).toContain('from this page alone');
    const odd = await step('/sign-in', { name: 1, code });
    expect(odd.status).toBe(400);
    const unsigned = await fetch(`${outcrop.endpoint}/_outcrop/review-teams`);
    expect(unsigned.status).toBe(403);
  });
});
