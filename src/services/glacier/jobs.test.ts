import {
  DeleteVaultNotificationsCommand,
  DescribeJobCommand,
  DescribeVaultCommand,
  GetDataRetrievalPolicyCommand,
  GetJobOutputCommand,
  GetVaultNotificationsCommand,
  InitiateJobCommand,
  ListJobsCommand,
  ListProvisionedCapacityCommand,
  paginateListJobs,
  PurchaseProvisionedCapacityCommand,
  SetDataRetrievalPolicyCommand,
  SetVaultNotificationsCommand,
  type DataRetrievalRule,
  type JobParameters,
} from '@aws-sdk/client-glacier';
import { describe, expect, it } from 'vitest';
import { publishedEvents } from '../../../tests/events.ts';
import { aMonthAfter } from './capacity.ts';
import { accountId, openGlacier, refusal, sha256, treeHashOf } from './glacier.fixture.ts';
import { DAY_MS, HOUR_MS, MIB } from './limits.ts';

const { outcrop, glacier, integer, random, bytes, makeVault, upload, initiate, nowMs } = await openGlacier('jobs');
const describeJob = (vaultName: string, jobId: string) =>
  glacier.send(new DescribeJobCommand({ accountId, vaultName, jobId }));
const output = (vaultName: string, jobId: string, range?: string) =>
  glacier.send(new GetJobOutputCommand({ accountId, vaultName, jobId, ...(range ? { range } : {}) }));
const refused = async (vaultName: string, jobParameters: JobParameters) =>
  (await refusal(initiate(vaultName, jobParameters))).name;

describe('An archive retrieval', () => {
  it('is described from its beginning to a day after its end', async () => {
    const vaultName = await makeVault();
    const body = bytes(integer(1, 3 * MIB));
    const archiveId = await upload(vaultName, body);
    const { jobId, location, $metadata } = await glacier.send(
      new InitiateJobCommand({
        accountId,
        vaultName,
        jobParameters: { Type: 'archive-retrieval', ArchiveId: archiveId, Description: 'bring it back' },
      }),
    );
    expect($metadata.httpStatusCode).toBe(202);
    expect(jobId).toMatch(/^[\w-]{92}$/);
    expect(location).toBe(`/000000000000/vaults/${vaultName}/jobs/${jobId}`);
    const begun = {
      JobId: jobId,
      JobDescription: 'bring it back',
      Action: 'ArchiveRetrieval',
      ArchiveId: archiveId,
      VaultARN: `arn:aws:glacier:us-east-1:000000000000:vaults/${vaultName}`,
      CreationDate: new Date(nowMs()).toISOString(),
      ArchiveSizeInBytes: body.length,
      ArchiveSHA256TreeHash: treeHashOf(body),
      RetrievalByteRange: `0-${body.length - 1}`,
      Tier: 'Standard',
    };
    const { $metadata: _first, ...inProgress } = await describeJob(vaultName, jobId!);
    expect(inProgress).toEqual({ ...begun, Completed: false, StatusCode: 'InProgress' });
    await outcrop.clock.advance(5 * HOUR_MS);
    const { $metadata: _second, CompletionDate, ...done } = await describeJob(vaultName, jobId!);
    expect(done).toEqual({
      ...begun,
      Completed: true,
      StatusCode: 'Succeeded',
      StatusMessage: 'Succeeded',
      SHA256TreeHash: treeHashOf(body),
    });
    await outcrop.clock.advance(Date.parse(CompletionDate!) + DAY_MS - 1 - nowMs());
    expect(sha256(await (await output(vaultName, jobId!)).body!.transformToByteArray())).toBe(sha256(body));
    await outcrop.clock.advance(1);
    const gone = { name: 'ResourceNotFoundException', message: `The job ID was not found: ${jobId}`, status: 404 };
    expect(await refusal(output(vaultName, jobId!))).toEqual(gone);
    expect(await refusal(describeJob(vaultName, jobId!))).toEqual(gone);
    expect((await glacier.send(new ListJobsCommand({ accountId, vaultName }))).JobList).toEqual([]);
  });

  it('may be of a range of whole MiBs, of which ranges are read in turn', async () => {
    const vaultName = await makeVault();
    const body = bytes(6 * MIB + integer(1, MIB - 1));
    const archiveId = await upload(vaultName, body);
    const ask = (RetrievalByteRange: string) => ({
      Type: 'archive-retrieval',
      ArchiveId: archiveId,
      RetrievalByteRange,
    });
    for (const range of ['1-1048575', '0-1048574', `0-${body.length}`, '5-2', 'all', '1048576-1048576'])
      expect([range, await refused(vaultName, ask(range))]).toEqual([range, 'InvalidParameterValueException']);
    const aligned = await initiate(vaultName, ask(`${4 * MIB}-${body.length - 1}`));
    const askew = await initiate(vaultName, ask(`${MIB}-${4 * MIB - 1}`));
    await outcrop.clock.advance(5 * HOUR_MS);
    const job = await describeJob(vaultName, aligned);
    expect(job.SHA256TreeHash).toBe(treeHashOf(body.subarray(4 * MIB)));
    expect(job.ArchiveSHA256TreeHash).toBe(treeHashOf(body));
    const whole = await output(vaultName, aligned);
    expect(whole.checksum).toBe(job.SHA256TreeHash);
    expect(sha256(await whole.body!.transformToByteArray())).toBe(sha256(body.subarray(4 * MIB)));
    expect((await describeJob(vaultName, askew)).SHA256TreeHash).toBeUndefined();
    expect((await output(vaultName, askew)).checksum).toBeUndefined();
    // Bytes 1 MiB to 3 MiB of what was retrieved are 2 MiB to 4 MiB of the archive: a node of its tree.
    const part = await output(vaultName, askew, `bytes=${MIB}-${3 * MIB - 1}`);
    expect(part).toMatchObject({
      status: 206,
      contentRange: `bytes ${MIB}-${3 * MIB - 1}/${3 * MIB}`,
      checksum: treeHashOf(body.subarray(2 * MIB, 4 * MIB)),
    });
    expect(part.$metadata.httpStatusCode).toBe(206);
    const size = 3 * MIB;
    for (let i = 0; i < 10; i++) {
      const start = integer(0, size - 1);
      const end = integer(start, size - 1);
      const got = await (await output(vaultName, askew, `bytes=${start}-${end}`)).body!.transformToByteArray();
      expect(sha256(got)).toBe(sha256(body.subarray(MIB + start, MIB + end + 1)));
    }
    for (const range of [`bytes=${size}-`, 'bytes=-', 'bytes=9-3', 'lines=1-2'])
      expect((await refusal(output(vaultName, askew, range))).name).toBe('InvalidParameterValueException');
  });

  it('is asked for with parameters that fit together', async () => {
    const vaultName = await makeVault();
    const archiveId = await upload(vaultName, bytes(10));
    const Type = 'archive-retrieval';
    expect(await refused(vaultName, {})).toBe('MissingParameterValueException');
    expect(await refused(vaultName, { Type })).toBe('MissingParameterValueException');
    expect(await refused(vaultName, { Type: 'retrieve' })).toBe('InvalidParameterValueException');
    expect(await refused(vaultName, { Type: 'select', ArchiveId: archiveId })).toBe('NoLongerSupportedException');
    expect(await refused(vaultName, { Type, ArchiveId: 'x'.repeat(138) })).toBe('ResourceNotFoundException');
    const more: JobParameters[] = [
      { Tier: 'Fast' },
      { Format: 'CSV' },
      { InventoryRetrievalParameters: {} },
      { SNSTopic: 'topic' },
      { Description: 'x'.repeat(1025) },
    ];
    for (const one of more)
      expect([one, await refused(vaultName, { Type, ArchiveId: archiveId, ...one })]).toEqual([
        one,
        'InvalidParameterValueException',
      ]);
  });

  it('is listed in the order of beginning, by status, in pages', async () => {
    const vaultName = await makeVault();
    const archiveId = await upload(vaultName, bytes(10));
    const ids: { id: string; tier: string }[] = [];
    for (let i = 0; i < 12; i++) {
      const tier = ['Expedited', 'Bulk'][integer(0, 1)]!;
      ids.push({
        id: await initiate(vaultName, { Type: 'archive-retrieval', ArchiveId: archiveId, Tier: tier }),
        tier,
      });
    }
    await outcrop.clock.advance(HOUR_MS);
    const list = async (filter: { statuscode?: string; completed?: string }) => {
      const found: string[] = [];
      for await (const page of paginateListJobs({ client: glacier }, { accountId, vaultName, limit: 2, ...filter })) {
        expect(page.JobList!.length).toBeLessThanOrEqual(2);
        found.push(...page.JobList!.map(({ JobId }) => JobId!));
      }
      return found;
    };
    const of = (...tiers: string[]) => ids.filter(({ tier }) => tiers.includes(tier)).map(({ id }) => id);
    expect(await list({})).toEqual(of('Expedited', 'Bulk'));
    expect(await list({ statuscode: 'InProgress' })).toEqual(of('Bulk'));
    expect(await list({ completed: 'true' })).toEqual(of('Expedited'));
    expect(await list({ statuscode: 'Succeeded', completed: 'false' })).toEqual([]);
    for (const bad of [{ statuscode: 'Done' }, { completed: 'yes' }, { limit: 51 }, { marker: 'x' }]) {
      const answer = await refusal(glacier.send(new ListJobsCommand({ accountId, vaultName, ...bad })));
      expect([bad, answer.name]).toEqual([bad, 'InvalidParameterValueException']);
    }
  });
});

describe('An inventory retrieval', () => {
  it('gives the archives of the last inventory as JSON or CSV, whole or by date and by number', async () => {
    const vaultName = await makeVault();
    expect(await refused(vaultName, { Type: 'inventory-retrieval' })).toBe('ResourceNotFoundException');
    const made: {
      ArchiveId: string;
      ArchiveDescription: string;
      CreationDate: string;
      Size: number;
      SHA256TreeHash: string;
    }[] = [];
    for (let i = 0; i < 9; i++) {
      const body = bytes(integer(1, 40_000));
      const description = `no. ${i}, "${integer(1, 1e6)}"`;
      const ArchiveId = await upload(vaultName, body, description);
      made.push({
        ArchiveId,
        ArchiveDescription: description,
        CreationDate: new Date(nowMs()).toISOString(),
        Size: body.length,
        SHA256TreeHash: treeHashOf(body),
      });
      await outcrop.clock.advance(integer(1, 60) * 60_000);
    }
    const inventoried = async () =>
      (await glacier.send(new DescribeVaultCommand({ accountId, vaultName }))).LastInventoryDate !== undefined;
    while (!(await inventoried())) await outcrop.clock.advance(HOUR_MS);
    // It comes after the inventory: no job knows it before the next one is made.
    const EndDate = new Date(nowMs()).toISOString();
    await upload(vaultName, bytes(10));
    const run = async (more: JobParameters = {}) => {
      const jobId = await initiate(vaultName, { Type: 'inventory-retrieval', ...more });
      await outcrop.clock.advance(5 * HOUR_MS);
      const job = await describeJob(vaultName, jobId);
      const { body, contentType, checksum } = await output(vaultName, jobId);
      const text = await body!.transformToString();
      expect(job).toMatchObject({
        Action: 'InventoryRetrieval',
        StatusCode: 'Succeeded',
        InventorySizeInBytes: text.length,
      });
      expect(checksum).toBeUndefined();
      return { job, text, contentType };
    };
    const listed = async (InventoryRetrievalParameters: NonNullable<JobParameters['InventoryRetrievalParameters']>) => {
      const { text, job } = await run({ InventoryRetrievalParameters });
      const { ArchiveList } = JSON.parse(text) as { ArchiveList: typeof made };
      return { ArchiveList, marker: job.InventoryRetrievalParameters!.Marker };
    };
    const whole = await run();
    expect(whole.contentType).toBe('application/json');
    expect(JSON.parse(whole.text)).toEqual({
      VaultARN: whole.job.VaultARN,
      InventoryDate: expect.stringMatching(/Z$/),
      ArchiveList: made,
    });
    const csv = await run({ Format: 'CSV' });
    expect(csv.contentType).toBe('text/csv');
    expect(csv.text.split('\n')).toEqual([
      'ArchiveId,ArchiveDescription,CreationDate,Size,SHA256TreeHash',
      ...made.map((one) =>
        [
          one.ArchiveId,
          `"${one.ArchiveDescription.replaceAll('"', '""')}"`,
          one.CreationDate,
          one.Size,
          one.SHA256TreeHash,
        ].join(','),
      ),
      '',
    ]);
    const from = integer(0, 4);
    const to = integer(from + 1, 8);
    const dated = await listed({ StartDate: made[from]!.CreationDate, EndDate: made[to]!.CreationDate });
    expect(dated.ArchiveList).toEqual(made.slice(from, to));
    const paged: typeof made = [];
    let Marker: string | undefined;
    do {
      const page = await listed({ EndDate, Limit: '4', ...(Marker === undefined ? {} : { Marker }) });
      expect(page.ArchiveList.length).toBeLessThanOrEqual(4);
      paged.push(...page.ArchiveList);
      Marker = page.marker;
    } while (Marker !== undefined);
    expect(paged).toEqual(made);
    const wrong: JobParameters[] = [
      { Format: 'XML' },
      { ArchiveId: made[0]!.ArchiveId },
      { Tier: 'Bulk' },
      { InventoryRetrievalParameters: { StartDate: 'yesterday' } },
      { InventoryRetrievalParameters: { StartDate: '2031-01-02T00:00:00Z', EndDate: '2031-01-01T00:00:00Z' } },
      { InventoryRetrievalParameters: { Limit: '0' } },
      { InventoryRetrievalParameters: { Marker: 'made up' } },
    ];
    for (const one of wrong)
      expect([one, await refused(vaultName, { Type: 'inventory-retrieval', ...one })]).toEqual([
        one,
        'InvalidParameterValueException',
      ]);
  });
});

describe('Notifications of a vault', () => {
  const topic = (name: string) => `arn:aws:sns:us-east-1:000000000000:${name}`;

  it('are published for the topic of the vault and that of the job when a job ends', async () => {
    const vaultName = await makeVault();
    const archiveId = await upload(vaultName, bytes(10));
    const get = () => glacier.send(new GetVaultNotificationsCommand({ accountId, vaultName }));
    const set = (SNSTopic: string, Events: string[]) =>
      glacier.send(
        new SetVaultNotificationsCommand({ accountId, vaultName, vaultNotificationConfig: { SNSTopic, Events } }),
      );
    expect((await refusal(get())).name).toBe('ResourceNotFoundException');
    await set(topic('vault'), ['ArchiveRetrievalCompleted']);
    expect((await get()).vaultNotificationConfig).toEqual({
      SNSTopic: topic('vault'),
      Events: ['ArchiveRetrievalCompleted'],
    });
    const jobId = await initiate(vaultName, {
      Type: 'archive-retrieval',
      ArchiveId: archiveId,
      SNSTopic: topic('job'),
      Tier: 'Expedited',
    });
    await outcrop.clock.advance(HOUR_MS);
    const told = (count: number) =>
      publishedEvents(outcrop, ({ resources }) => resources[1]?.endsWith(`/${vaultName}`) === true, count);
    const { $metadata: _metadata, ...job } = await describeJob(vaultName, jobId);
    expect(job.SNSTopic).toBe(topic('job'));
    const events = await told(2);
    expect(events.map(({ resources }) => resources[0]!).toSorted()).toEqual([topic('job'), topic('vault')]);
    for (const event of events)
      expect(event).toMatchObject({ source: 'aws.glacier', detailType: 'Glacier Notification', detail: job });
    // Not of inventories, as the vault asks for archives only.
    await outcrop.clock.advance(DAY_MS);
    await initiate(vaultName, { Type: 'inventory-retrieval' });
    await outcrop.clock.advance(5 * HOUR_MS);
    await glacier.send(new DeleteVaultNotificationsCommand({ accountId, vaultName }));
    await initiate(vaultName, { Type: 'archive-retrieval', ArchiveId: archiveId, Tier: 'Expedited' });
    await outcrop.clock.advance(HOUR_MS);
    await initiate(vaultName, {
      Type: 'archive-retrieval',
      ArchiveId: archiveId,
      Tier: 'Expedited',
      SNSTopic: topic('last'),
    });
    await outcrop.clock.advance(HOUR_MS);
    expect((await told(3)).map(({ resources }) => resources[0]).slice(2)).toEqual([topic('last')]);
    for (const [name, events] of [
      ['here', ['ArchiveRetrievalCompleted']],
      [topic('t'), ['VaultDeleted']],
    ] as const)
      expect((await refusal(set(name, [...events]))).name).toBe('InvalidParameterValueException');
  });
});

describe('The data retrieval policy of an account', () => {
  it('refuses Standard retrievals beyond the bytes of the hour, and those only', async () => {
    const get = async () => (await glacier.send(new GetDataRetrievalPolicyCommand({ accountId }))).Policy;
    const set = (...Rules: DataRetrievalRule[]) =>
      glacier.send(new SetDataRetrievalPolicyCommand({ accountId, Policy: { Rules } }));
    expect(await get()).toEqual({ Rules: [{ Strategy: 'None' }] });
    await outcrop.clock.advance(HOUR_MS);
    const vaultName = await makeVault();
    const size = integer(1000, 9000);
    const archiveId = await upload(vaultName, bytes(size));
    const retrieve = (Tier: string) => initiate(vaultName, { Type: 'archive-retrieval', ArchiveId: archiveId, Tier });
    const times = integer(2, 5);
    await set({ Strategy: 'BytesPerHour', BytesPerHour: size * times + Math.floor(random() * size) });
    for (let i = 0; i < times; i++) await retrieve('Standard');
    expect(await refusal(retrieve('Standard'))).toEqual({
      name: 'PolicyEnforcedException',
      message: 'InitiateJob request denied by current data retrieval policy.',
      status: 400,
    });
    await retrieve('Bulk');
    await retrieve('Expedited');
    await outcrop.clock.advance(HOUR_MS);
    await retrieve('Standard');
    await set({ Strategy: 'FreeTier' });
    expect(await get()).toEqual({ Rules: [{ Strategy: 'FreeTier' }] });
    await retrieve('Standard');
    await set({ Strategy: 'None' });
    for (const rules of [
      [],
      [{ Strategy: 'FreeTier', BytesPerHour: 5 }],
      [{ Strategy: 'Often' }],
      [{ Strategy: 'BytesPerHour', BytesPerHour: 0 }],
      [{ Strategy: 'None' }, { Strategy: 'None' }],
    ])
      expect((await refusal(set(...rules))).name).toBe('InvalidParameterValueException');
    expect((await refusal(set({ Strategy: 'BytesPerHour' }))).name).toBe('MissingParameterValueException');
  });
});

describe('Provisioned capacity', () => {
  it('is bought for a month, two units at most', async () => {
    const buy = () => glacier.send(new PurchaseProvisionedCapacityCommand({ accountId }));
    const list = async () =>
      (await glacier.send(new ListProvisionedCapacityCommand({ accountId }))).ProvisionedCapacityList!;
    expect(await list()).toEqual([]);
    const { capacityId } = await buy();
    expect(await list()).toEqual([
      {
        CapacityId: capacityId,
        StartDate: new Date(nowMs()).toISOString(),
        ExpirationDate: new Date(aMonthAfter(nowMs())).toISOString(),
      },
    ]);
    await buy();
    expect((await refusal(buy())).name).toBe('LimitExceededException');
    await outcrop.clock.advance(31 * DAY_MS);
    expect(await list()).toEqual([]);
    await buy();
    const { lines } = await outcrop.cost();
    const bought = lines.filter(({ service, type }) => service === 'glacier' && type === 'ProvisionedCapacity');
    expect(bought.reduce((sum, { quantity }) => sum + quantity, 0)).toBe(3);
  });

  it('lasts until the same day of the next month, or its last', () => {
    const after = (date: string) => new Date(aMonthAfter(Date.parse(date))).toISOString();
    expect(after('2030-01-15T10:20:30.000Z')).toBe('2030-02-15T10:20:30.000Z');
    expect(after('2030-01-31T10:20:30.000Z')).toBe('2030-02-28T10:20:30.000Z');
    expect(after('2032-01-31T00:00:00.000Z')).toBe('2032-02-29T00:00:00.000Z');
    expect(after('2030-12-31T00:00:00.000Z')).toBe('2031-01-31T00:00:00.000Z');
  });
});
