import { asyncAccess, GetAsyncInvoke, ListAsyncInvokes, StartAsyncInvoke } from './invokes.ts';
import { asyncInvokeJob } from './run.ts';

export { asyncAccess };

export const asyncOperations = { GetAsyncInvoke, ListAsyncInvokes, StartAsyncInvoke };

export const asyncJobs = { 'bedrock-runtime/async-invoke': asyncInvokeJob };
