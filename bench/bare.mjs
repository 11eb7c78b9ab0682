// The yardstick: node:http alone. GET answers a short text or streams a file back; PUT streams the body into a file and flushes it.
import { createReadStream, createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import http from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

const [port, directory] = process.argv.slice(2);
http
  .createServer(async (request, response) => {
    const file = join(directory, 'bare.bin');
    if (request.method === 'PUT') {
      await pipeline(request, createWriteStream(file, { highWaterMark: 1024 * 1024 }));
      const handle = await open(file, 'r+');
      await handle.sync();
      await handle.close();
      return response.end();
    }
    if (request.url === '/file') return pipeline(createReadStream(file, { highWaterMark: 256 * 1024 }), response);
    request.resume();
    response
      .writeHead(200, { 'content-type': 'text/xml' })
      .end('<GetCallerIdentityResponse><Account>000000000000</Account></GetCallerIdentityResponse>');
  })
  .listen(Number(port), '127.0.0.1');
