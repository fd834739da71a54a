import { get } from 'node:http';

const ANSWER_MS = 5000;

/** What `/status` says. */
export interface NodeStatus {
  /** The last stored block. At a halt that is one more than the application's height. */
  readonly height: number;
  readonly nodeId: string;
  readonly network: string;
  readonly catchingUp: boolean;
}

/** What `/abci_info` says. */
export interface ApplicationInfo {
  /** The last block that the application has committed. */
  readonly height: number;
  readonly name: string;
  readonly version: string;
}

interface StatusAnswer {
  node_info: { id: string; network: string };
  sync_info: { latest_block_height: string; catching_up: boolean };
}

interface AbciInfoAnswer {
  response: { data?: string; version?: string; last_block_height?: string };
}

/** The status of the node at this port, or undefined while nobody answers there. */
export async function nodeStatus(port: number): Promise<NodeStatus | undefined> {
  const result = await ask<StatusAnswer>(port, '/status');
  if (result === undefined) return undefined;
  return {
    height: Number(result.sync_info.latest_block_height),
    nodeId: result.node_info.id,
    network: result.node_info.network,
    catchingUp: result.sync_info.catching_up,
  };
}

/** What the application of the node at this port says of itself, or undefined while nobody answers there. */
export async function applicationInfo(port: number): Promise<ApplicationInfo | undefined> {
  const result = await ask<AbciInfoAnswer>(port, '/abci_info');
  if (result === undefined) return undefined;
  const { data = '', version = '', last_block_height = '0' } = result.response;
  return { height: Number(last_block_height), name: data, version };
}

async function ask<T>(port: number, path: string): Promise<T | undefined> {
  const text = await body(port, path);
  return text === undefined ? undefined : (JSON.parse(text) as { result: T }).result;
}

/** The body of an answer; undefined where nobody listens or the connection ends before the answer does, as when a node stops. */
function body(port: number, path: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    // No agent: a kept connection would outlive the node and fail the first question to the next one.
    const request = get({ host: '127.0.0.1', port, path, agent: false, timeout: ANSWER_MS }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => {
        if (response.statusCode === 200) resolve(text);
        else reject(new Error(`GET ${path} on port ${port}: ${response.statusCode ?? 'no status'} ${text}`));
      });
      response.on('error', () => resolve(undefined));
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(undefined));
  });
}
