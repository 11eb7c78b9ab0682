import {
  decide,
  parsePolicy,
  readPolicy,
  type Policy,
  type PolicyRequest,
  type Sources,
} from '../src/engines/policy/policy.ts';

/**
 * What a decision costs, warm: microseconds an evaluation, for identities with few and with many policies. Run: `npx tsx bench/policy.ts`.
 * The ratio is against `JSON.parse` of the small identity's policy in the same run, which evens out machines.
 */
const ACCOUNT = '111122223333';
const doc = (...Statement: unknown[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const small = doc(
  {
    Effect: 'Allow',
    Action: ['s3:GetObject', 's3:ListBucket'],
    Resource: ['arn:aws:s3:::shop', 'arn:aws:s3:::shop/*'],
  },
  { Effect: 'Allow', Action: 'bedrock:InvokeModel', Resource: 'arn:aws:bedrock:*::foundation-model/amazon.*' },
  {
    Effect: 'Deny',
    Action: '*',
    Resource: '*',
    Condition: { NotIpAddress: { 'aws:SourceIp': ['10.0.0.0/8', '127.0.0.0/8'] } },
  },
  { Effect: 'Allow', Action: 's3:PutObject', Resource: 'arn:aws:s3:::shop/home/${aws:username}/*' },
);
const many = Array.from({ length: 20 }, (_, index) =>
  doc(
    ...Array.from({ length: 10 }, (_unused, statement) => ({
      Effect: 'Allow',
      Action: [`svc${index}:Get*`, `svc${index}:List${statement}*`, 's3:PutObjectTagging'],
      Resource: `arn:aws:s3:::bucket-${index}-${statement}/*`,
      Condition: { StringEquals: { 'aws:PrincipalTag/team': ['red', 'blue'] } },
    })),
  ),
);

const context: Record<string, string> = {
  'aws:sourceip': '10.1.2.3',
  'aws:username': 'ann',
  'aws:principaltag/team': 'red',
};
const arn = `arn:aws:iam::${ACCOUNT}:user/ann`;
const request = (action: string, resource: string): PolicyRequest => ({
  principal: { kind: 'user', account: ACCOUNT, arn, identityArn: arn, ids: ['AIDA'] },
  action,
  resource,
  context: (key) => context[key],
});
const named = (policy: Policy) => ({ id: 'p', from: '', policy });
const sources = (...documents: string[]): Sources => ({
  identity: documents.map((document) => named(parsePolicy(document, 'identity'))),
  resource: [],
  owner: ACCOUNT,
});

const ROUNDS = 200_000;
function time(run: () => void, rounds = ROUNDS): number {
  for (let index = 0; index < rounds / 10; index++) run();
  const started = process.hrtime.bigint();
  for (let index = 0; index < rounds; index++) run();
  return Number(process.hrtime.bigint() - started) / 1000 / rounds;
}

const read = request('s3:GetObject', 'arn:aws:s3:::shop/a/b.txt');
const home = request('s3:PutObject', 'arn:aws:s3:::shop/home/ann/b.txt');
const few = sources(small);
const lots = sources(...many, small);
const json = time(() => JSON.parse(small));
const rows: [string, number][] = [
  ['1 policy of 4 statements, allowed', time(() => decide(read, few))],
  ['the same, with a variable in the resource', time(() => decide(home, few))],
  ['21 policies of 204 statements, allowed by the last', time(() => decide(read, lots), ROUNDS / 10)],
  ['reading the small policy (once a document)', time(() => readPolicy(small, 'identity'), ROUNDS / 10)],
];
console.log(`JSON.parse of the small policy: ${json.toFixed(2)} µs`);
for (const [what, us] of rows)
  console.log(`${us.toFixed(2).padStart(8)} µs  ${(us / json).toFixed(2).padStart(6)} ×  ${what}`);
