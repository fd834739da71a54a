import { spawnSync } from 'node:child_process';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readNodeId } from '../src/index.js';
import { NODE_ID, tempHome } from './support.js';

function nodeKey(value: unknown): string {
  return JSON.stringify({ priv_key: { type: 'tendermint/PrivKeyEd25519', value } });
}

// RFC 8032, section 7.1, test 1.
const SEED = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60';
const PUBLIC = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a';

describe('the id of a node', () => {
  it('of a known key is its known address', async () => {
    const key = Buffer.from(SEED + PUBLIC, 'hex').toString('base64');
    expect(await readNodeId(tempHome({ 'config/node_key.json': nodeKey(key) }))).toBe(NODE_ID);
  });

  it('of a new key is what another implementation of SHA-256 says of its public key', async () => {
    const pair = generateKeyPairSync('ed25519');
    const { d = '', x = '' } = pair.privateKey.export({ format: 'jwk' });
    const key = Buffer.concat([Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')]);
    const spki = pair.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
    const { stdout } = spawnSync('sha256sum', { input: spki, encoding: 'utf8' });
    const id = await readNodeId(tempHome({ 'config/node_key.json': nodeKey(key.toString('base64')) }));
    expect(id).toBe(stdout.slice(0, 40));
    expect(id).toBe(createHash('sha256').update(spki).digest('hex').slice(0, 40));
  });

  it('is read from where config.toml puts the key', async () => {
    const key = nodeKey(Buffer.from(SEED + PUBLIC, 'hex').toString('base64'));
    const inside = tempHome({ 'config/config.toml': 'node_key_file = "keys/n.json"', 'keys/n.json': key });
    expect(await readNodeId(inside)).toBe(NODE_ID);
    const outside = tempHome({ 'config/config.toml': `node_key_file = "${inside}/keys/n.json"` });
    expect(await readNodeId(outside)).toBe(NODE_ID);
  });

  it.each([
    ['no file', {}],
    ['an empty file', { 'config/node_key.json': '' }],
    ['no JSON', { 'config/node_key.json': '{"priv_key":' }],
    ['another shape', { 'config/node_key.json': '{"priv_key":"x"}' }],
    ['null', { 'config/node_key.json': 'null' }],
    ['a key that is no text', { 'config/node_key.json': nodeKey(5) }],
    ['the seed alone', { 'config/node_key.json': nodeKey(Buffer.from(SEED, 'hex').toString('base64')) }],
    ['no base64', { 'config/node_key.json': nodeKey(`${'*'.repeat(8)}${'A'.repeat(86)}==`) }],
    ['a directory', { 'config/node_key.json/x': '' }],
    ['a huge file', { 'config/node_key.json': ' '.repeat(2_000_000) }],
  ])('is unknown with %s', async (_, files) => {
    expect(await readNodeId(tempHome(files))).toBeUndefined();
  });
});
