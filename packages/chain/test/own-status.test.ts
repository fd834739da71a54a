import { describe, expect, it } from 'vitest';
import { askOwnStatus } from '../src/index.js';
import { envelope, NODE_ID, serveJson, statusResult, tcp, tempHome } from './support.js';

const KEY = Buffer.from(
  '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
  'hex',
).toString('base64');
const own = { 'config/node_key.json': JSON.stringify({ priv_key: { type: 'tendermint/PrivKeyEd25519', value: KEY } }) };
const timeout = 30_000;

async function answering(id: string) {
  const { address } = await serveJson(envelope(statusResult({ node: { id } })));
  return address;
}

describe('the status of our own node', () => {
  it('is what the node with our key says', async () => {
    const address = await answering(NODE_ID);
    expect(await askOwnStatus(tempHome(own), { address, timeout })).toMatchObject({ reachable: true, nodeId: NODE_ID });
  });

  it('is not what another node says, who is named', async () => {
    const other = 'f'.repeat(40);
    const home = tempHome(own);
    const reading = await askOwnStatus(home, { address: await answering(other), timeout });
    expect(reading).toMatchObject({ reachable: false, reason: expect.stringContaining(other) as string });
    expect(reading).toMatchObject({ reason: expect.stringContaining(`${home} (${NODE_ID})`) as string });
  });

  it('is whoever answers where there is no key yet', async () => {
    const reading = await askOwnStatus(tempHome(), { address: await answering('a'.repeat(40)), timeout });
    expect(reading).toMatchObject({ reachable: true });
  });

  it('is none where nobody answers', async () => {
    expect(await askOwnStatus(tempHome(own), { address: tcp(1), timeout })).toMatchObject({ reachable: false });
  });
});
