import type { ServerResponse } from 'node:http';
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { bytesOf } from './bytes.ts';
import type { FileReply, ReleaseRequest, Reply } from './types.ts';

/** Answers; resolves when nothing more will be sent, which may be long after the client has gone. */
export async function send(reply: Reply, request: ReleaseRequest, response: ServerResponse): Promise<void> {
  if (typeof reply === 'string' || reply instanceof Uint8Array) return sendFile({ body: reply }, request, response);
  if ('redirect' in reply) {
    response.writeHead(reply.status ?? 302, { location: reply.redirect }).end();
  } else if ('json' in reply) {
    response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', ...reply.headers });
    response.end(JSON.stringify(reply.json));
  } else if ('status' in reply) {
    response.writeHead(reply.status, reply.headers).end(reply.body);
  } else {
    return sendFile(reply, request, response);
  }
}

async function sendFile(file: FileReply, request: ReleaseRequest, response: ServerResponse): Promise<void> {
  if (file.stall === 'headers') return;
  const whole = bytesOf(file.body);
  const etag = file.etag === undefined ? `"${whole.length}-${crc32(whole).toString(16)}"` : file.etag;
  const headers: Record<string, string | number> = {
    'content-type': file.type ?? 'application/octet-stream',
    'accept-ranges': 'bytes',
    ...(etag === null ? {} : { etag }),
    ...(file.modified === undefined ? {} : { 'last-modified': file.modified.toUTCString() }),
  };
  const start = startOf(file, request, headers);
  if (start !== undefined && (file.range === 'refused' || start >= whole.length)) {
    response.writeHead(416, { 'content-range': `bytes */${whole.length}` }).end();
    return;
  }

  let body = whole;
  if (start !== undefined) {
    const first = start + (file.range === 'start' ? 1 : 0);
    const total = whole.length + (file.range === 'total' ? 1 : 0);
    body = whole.subarray(first);
    if (file.range !== 'none') headers['content-range'] = `bytes ${first}-${total - 1}/${total}`;
    if (file.range === 'etag') headers['etag'] = '"another"';
  }
  if (file.endless !== true && file.chunked !== true) headers['content-length'] = file.announce ?? body.length;
  response.writeHead(start === undefined ? 200 : 206, headers);
  await sendBody(body, file, response);
}

/** Where the part that is asked for begins; undefined where all of it is sent. */
function startOf(
  file: FileReply,
  { headers }: ReleaseRequest,
  own: Readonly<Record<string, string | number>>,
): number | undefined {
  const [, from] = /^bytes=(\d+)-$/.exec(headers.range ?? '') ?? [];
  if (from === undefined) return file.range === 'unasked' ? 1 : undefined;
  if (file.range === 'ignored') return undefined;
  const condition = headers['if-range'];
  const same = condition === undefined || condition === own['etag'] || condition === own['last-modified'];
  return same || file.range === 'blind' ? Number(from) : undefined;
}

async function sendBody(body: Buffer, file: FileReply, response: ServerResponse): Promise<void> {
  const { stall, cut = stall, drip, endless = false } = file;
  const part = typeof cut === 'number' ? body.subarray(0, cut) : body;
  if (drip !== undefined) {
    for (const byte of part) {
      if (response.destroyed) return;
      await write(response, Buffer.of(byte));
      await pause(drip);
    }
  } else {
    await write(response, part);
    while (endless && !response.destroyed) {
      // A socket that has failed calls back at once, and closes only when it gets a turn.
      await turn();
      await write(response, part);
    }
  }
  if (file.cut !== undefined) response.destroy();
  else if (stall === undefined) response.end();
}

/** Waits until it is on its way, so that a break comes after it, or until the client has gone. */
async function write(response: ServerResponse, chunk: Buffer): Promise<void> {
  if (response.destroyed) return;
  if (chunk.length === 0) {
    response.flushHeaders();
    return;
  }
  await new Promise<void>((resolve) => {
    const done = (): void => {
      response.off('close', done);
      resolve();
    };
    response.on('close', done).write(chunk, done);
  });
}
