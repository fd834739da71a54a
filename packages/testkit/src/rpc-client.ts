import { get, type RequestOptions } from 'node:http';

/** Where a CometBFT RPC listens, from its `laddr`. */
export function rpcAddress(laddr: string): RequestOptions {
  if (laddr.startsWith('unix://')) return { socketPath: laddr.slice('unix://'.length) };
  const url = new URL(laddr.replace(/^\w+:/, 'http:'));
  const anywhere = url.hostname === '0.0.0.0' || url.hostname === '';
  return { host: anywhere ? '127.0.0.1' : url.hostname, port: url.port };
}

/** Fetches one RPC path; undefined where nobody answers within `timeout` milliseconds. */
export function rpcGet(laddr: string, path: string, timeout = 2000): Promise<string | undefined> {
  return new Promise((resolve) => {
    const request = get({ ...rpcAddress(laddr), path, agent: false, timeout }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve(text));
      response.on('error', () => resolve(undefined));
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(undefined));
  });
}
