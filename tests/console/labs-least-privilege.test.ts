import { IAMClient, ListRolesCommand, ListUsersCommand } from '@aws-sdk/client-iam';
import { beforeEach, expect, it } from 'vitest';
import type { Outcrop } from '../../src/main.ts';
import { startForTests } from '../start.ts';
import { describeInBrowser, openConsole } from './browser.ts';
import { LAB_MS, learner } from './labs.ts';

const PASSED = 'Passed: everything was found';
const MODEL = 'arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0';
const ENDPOINT = 'vpce-0a1b2c3d4e5f60718';

let outcrop: Outcrop;
beforeEach(async () => {
  outcrop = await startForTests();
});

describeInBrowser('the lab of least privilege', () => {
  it(
    'exam-d5.1: narrows a role to one model under one guardrail, has 15 attacks fired with it, and resets',
    async () => {
      const opened = await openConsole(outcrop, { path: 'labs/least-privilege' });
      const { page, shot, accessible } = opened;
      const { open, fill, call, check } = learner(opened);
      const allow = (PolicyName: string, ...Statement: object[]) => ({
        RoleName: 'labs-app',
        PolicyName,
        PolicyDocument: { Version: '2012-10-17', Statement },
      });
      await page.getByRole('heading', { name: 'One model, one action' }).waitFor();
      expect(await check()).toContain('GetRole tells of none with this name');
      expect(await call('CreateRole', 'create-role')).toContain('arn:aws:iam::000000000000:role/labs-app');
      expect(await check()).toContain('AccessDeniedException');

      // As it stands the policy allows all of Bedrock, and an attacker too.
      await call('PutRolePolicy', 'role-policy');
      const wide = await check();
      expect(wide).toContain('bedrock:CreateGuardrail: allowed');
      expect(wide).toContain('It was answered.');
      await shot('labs-privilege-wide');
      await open('least-privilege', 'fire');
      const harmful = await check();
      expect(harmful).toContain('The policy simulator allows bedrock:DeleteGuardrail: the attack was left out');
      await open('least-privilege', 'role');
      const narrow = { Effect: 'Allow', Action: 'bedrock:InvokeModel', Resource: MODEL };
      await call('PutRolePolicy', 'role-policy', allow('models', narrow));
      expect(await check()).toContain(PASSED);
      await accessible();
      await shot('labs-privilege-role');

      await open('least-privilege', 'guardrail');
      expect(await check()).toContain('ListGuardrails tells of none with this name');
      const arn = /"guardrailArn": "([^"]+)"/.exec(await call('CreateGuardrail', 'create-guardrail'))![1]!;
      expect(await check()).toContain('It was answered.');
      const guarded = { ...narrow, Condition: { StringEquals: { 'bedrock:GuardrailIdentifier': arn } } };
      // The permission on the guardrail itself is missing.
      await call('PutRolePolicy', 'guardrail-policy', allow('models', guarded));
      expect(await check()).toContain('bedrock:ApplyGuardrail');
      const applying = { Effect: 'Allow', Action: 'bedrock:ApplyGuardrail', Resource: arn };
      await call('PutRolePolicy', 'guardrail-policy', allow('models', guarded, applying));
      expect(await check()).toContain(PASSED);

      await open('least-privilege', 'network');
      expect(await check()).toContain('Not yet: 3 of 4 missing');
      const label = `A policy that allows bedrock:InvokeModel through ${ENDPOINT} only`;
      await fill(label, 'no policy');
      expect(await check()).toContain('The policy is JSON');
      await fill(
        label,
        JSON.stringify({
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Action: ['bedrock:InvokeModel', 'bedrock:ApplyGuardrail'],
              Resource: '*',
              Condition: { StringEquals: { 'aws:SourceVpce': ENDPOINT } },
            },
          ],
        }),
      );
      expect(await check()).toContain(PASSED);
      await accessible();
      await shot('labs-privilege-network');

      await open('least-privilege', 'fire');
      const verdict = await check(60_000);
      expect(verdict).toContain(PASSED);
      expect(verdict.match(/Refused: /g)).toHaveLength(15);
      await shot('labs-privilege-fired');

      await page.getByRole('button', { name: 'Reset this lab' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByText('Role labs-app').waitFor();
      await dialog.getByText('User labs-caller').waitFor();
      await dialog.getByRole('button', { name: 'Reset' }).click();
      await page.getByText('0 of 4 passed').waitFor();
      const iam = new IAMClient(outcrop.clients);
      expect((await iam.send(new ListRolesCommand({}))).Roles!.map(({ RoleName }) => RoleName)).not.toContain(
        'labs-app',
      );
      expect((await iam.send(new ListUsersCommand({}))).Users).toEqual([]);
    },
    LAB_MS,
  );
});
