/**
 * Whether CloudTrail calls an operation read-only: it goes by the verb, with exceptions. Cryptographic operations with KMS keys, and
 * those of STS that give credentials, change nothing that stands. Source: the examples of log entries in the services' guides.
 */
const READS =
  /^(Get|List|Describe|Head|Lookup|BatchGet|BatchDescribe|Search|Select|Scan|Query|Decode|Count|Converse|Invoke|Retrieve|Detect|Batch?Detect|Classify|Simulate|Validate|Verify|Check|Test|Preview|Estimate|Generate(DataKey|Mac|Random|CredentialReport|Query|ServiceLastAccessedDetails|OrganizationsAccessReport)|Assume(Role|Root)|Encrypt|Decrypt|ReEncrypt|Sign$|DeriveSharedSecret|Translate|Synthesize|Recognize|Compare|Analyze|Filter)/;

/** By event source and operation. */
const EXCEPTIONS: ReadonlyMap<string, boolean> = new Map([
  ['cloudtrail.amazonaws.com StartQuery', true],
  ['cloudtrail.amazonaws.com CancelQuery', true],
  ['s3.amazonaws.com SelectObjectContent', true],
  ['signin.amazonaws.com GetSigninToken', true],
  ['secretsmanager.amazonaws.com GetRandomPassword', true],
  ['kms.amazonaws.com GetParametersForImport', true],
]);

export function isReadOnly(eventSource: string, operation: string): boolean {
  return EXCEPTIONS.get(`${eventSource} ${operation}`) ?? READS.test(operation);
}
