/* eslint-disable @typescript-eslint/no-deprecated -- chains still hold what newer ones have deprecated */
import type { RequestListener } from 'node:http';
import { BinaryWriter } from 'cosmjs-types/binary';
import { Plan } from 'cosmjs-types/cosmos/upgrade/v1beta1/upgrade';
import { Any } from 'cosmjs-types/google/protobuf/any';
import { envelope, serveHttp, type Served } from './support.js';

/** Go's zero time, which a plan always carries. */
const ZERO_TIME = { seconds: -62_135_596_800n, nanos: 0 };

export interface Asked {
  readonly path: string;
  readonly data: Buffer;
}

/** What an application says to a question: bytes, a whole response, or nothing at all. */
export type Reply = Uint8Array | object | 'silence' | undefined;

export const UNKNOWN_PATH = { code: 6, codespace: 'sdk', log: 'unknown query path: unknown request', height: '0' };

/** A node that answers `abci_query` as CometBFT does, each question by this function; undefined is for a path without a module. */
export async function serveQueries(
  reply: (asked: Asked) => Reply,
  place: { path?: string } = {},
): Promise<Served & { readonly asked: Asked[] }> {
  const asked: Asked[] = [];
  const listener: RequestListener = (request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (part: string) => (text += part));
    request.on('end', () => {
      const { method, params } = JSON.parse(text) as { method: string; params: { path: string; data: string } };
      if (request.method !== 'POST' || method !== 'abci_query') {
        response.writeHead(404).end();
        return;
      }
      const question = { path: params.path, data: Buffer.from(params.data, 'hex') };
      asked.push(question);
      const given = reply(question) ?? UNKNOWN_PATH;
      if (given === 'silence') return;
      const answer =
        given instanceof Uint8Array
          ? { code: 0, log: '', index: '0', key: null, value: base64(given), height: '100', codespace: '' }
          : given;
      response.end(JSON.stringify(envelope({ response: answer })));
    });
  };
  return { ...(await serveHttp(listener, place)), asked };
}

function base64(bytes: Uint8Array): string | null {
  return bytes.length === 0 ? null : Buffer.from(bytes).toString('base64');
}

export function planMessage(plan: Partial<Plan>): Plan {
  return Plan.fromPartial({ name: 'v2', height: 1234n, info: '', time: ZERO_TIME, ...plan });
}

interface Codec<T> {
  readonly typeUrl: string;
  encode(message: T): { finish(): Uint8Array };
}

export function packed<T>(codec: Codec<T>, message: T): Any {
  return Any.fromPartial({ typeUrl: codec.typeUrl, value: codec.encode(message).finish() });
}

/** Protobuf by hand, for what no codec would write. */
export function wire(write: (writer: BinaryWriter) => unknown): Uint8Array {
  const writer = BinaryWriter.create();
  write(writer);
  return writer.finish();
}
