import http from 'node:http';
import { createHash, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** A load of prepared requests over kept-alive connections: the client does as little as it can, so that the server is what is measured. */
export type Prepared = { method: string; path: string; headers: Record<string, string>; body?: Buffer };

export type Figures = {
  requests: number;
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  errors: number;
  /** Server CPU per request, where the process is ours. */ cpuUs?: number;
};

export async function load(
  endpoint: string,
  connections: number,
  requests: Prepared[],
  pid?: number,
): Promise<Figures> {
  const { hostname, port } = new URL(endpoint);
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections });
  const latencies = new Float64Array(requests.length);
  let errors = 0;
  let next = 0;
  const one = (request: Prepared) =>
    new Promise<void>((resolve) => {
      const sent = http.request(
        { agent, hostname, port, method: request.method, path: request.path, headers: request.headers },
        (response) => {
          if (response.statusCode! >= 300) errors++;
          response.resume().on('end', resolve);
        },
      );
      sent.on('error', () => {
        errors++;
        resolve();
      });
      sent.end(request.body);
    });
  const cpu = pid === undefined ? undefined : cpuTicks(pid);
  const started = performance.now();
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (next < requests.length) {
        const index = next++;
        const at = performance.now();
        await one(requests[index]!);
        latencies[index] = performance.now() - at;
      }
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  agent.destroy();
  latencies.sort();
  const at = (share: number) => latencies[Math.floor(share * (latencies.length - 1))]!;
  return {
    requests: requests.length,
    perSecond: requests.length / seconds,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    errors,
    ...(cpu === undefined ? {} : { cpuUs: ((cpuTicks(pid!) - cpu) * 10_000) / requests.length }),
  };
}

/** User and system time of a process in ticks of 10 ms (Linux). */
function cpuTicks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

/** Signs once; the bench repeats the request within the minutes that a signature is good for. */
export function sign(
  endpoint: string,
  service: string,
  request: Prepared,
  credentials = { accessKeyId: 'test', secretAccessKey: 'test' },
  hash?: string,
): Prepared {
  const timestamp = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
  const scope = `${timestamp.slice(0, 8)}/us-east-1/${service}/aws4_request`;
  const sha = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');
  const mac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
  const headers: Record<string, string> = {
    ...request.headers,
    host: new URL(endpoint).host,
    'x-amz-content-sha256': hash ?? sha(request.body ?? ''),
    'x-amz-date': timestamp,
  };
  const names = Object.keys(headers).sort();
  const [path = '/', query = ''] = request.path.split('?');
  const canonical = [
    request.method,
    path,
    query,
    ...names.map((name) => `${name}:${headers[name]}`),
    '',
    names.join(';'),
    headers['x-amz-content-sha256'],
  ].join('\n');
  const key = mac(
    mac(mac(mac(`AWS4${credentials.secretAccessKey}`, timestamp.slice(0, 8)), 'us-east-1'), service),
    'aws4_request',
  );
  const signature = mac(key, `AWS4-HMAC-SHA256\n${timestamp}\n${scope}\n${sha(canonical)}`).toString('hex');
  headers['authorization'] =
    `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  if (request.body) headers['content-length'] = String(request.body.length);
  return { ...request, headers };
}
