import { describe, expect, it } from 'vitest';
import { readClientConfig, readListeners, readValidatorAddress } from '../src/index.js';
import { tempHome } from './support.js';

describe('client.toml', () => {
  it('names the chain and the node that is asked', async () => {
    const home = tempHome({ 'config/client.toml': 'chain-id = "demo-1"\nNODE = "tcp://localhost:26657"\n' });
    const file = `${home}/config/client.toml`;
    const read = { file, chainId: 'demo-1', node: 'tcp://localhost:26657', error: undefined };
    expect(await readClientConfig(home)).toEqual(read);
  });

  it('says nothing where it is not there, and why where it cannot be read', async () => {
    expect(await readClientConfig(tempHome())).toMatchObject({ chainId: '', node: '', error: undefined });
    const broken = await readClientConfig(tempHome({ 'config/client.toml': 'node = ' }));
    expect(broken).toMatchObject({ chainId: '', node: '' });
    expect(broken.error).toMatch(/^cannot parse .*client\.toml/);
  });
});

describe('the addresses on which a node listens', () => {
  const files = {
    'config/config.toml': '[rpc]\nladdr = "tcp://127.0.0.1:1"\n[p2p]\nladdr = "tcp://0.0.0.0:2"\n',
    'config/app.toml':
      '[grpc]\nenable = true\naddress = "localhost:3"\n[api]\nenable = true\naddress = "tcp://0.0.0.0:4"\n',
  };
  const placesOf = async (home: string, args: readonly string[] = []) =>
    (await readListeners({ args, home })).map(({ what, needed, address }) => [
      what,
      needed,
      address.state === 'tcp' ? `${address.host}:${address.port}` : address.state,
    ]);

  it('are read from both files, wildcards as loopback', async () => {
    expect(await placesOf(tempHome(files))).toEqual([
      ['RPC', true, '127.0.0.1:1'],
      ['P2P', true, '127.0.0.1:2'],
      ['gRPC', false, 'localhost:3'],
      ['REST', false, '127.0.0.1:4'],
    ]);
  });

  it('are those of the arguments, and only where they are enabled', async () => {
    const home = tempHome({ ...files, 'config/app.toml': '[grpc]\nenable = false\naddress = "localhost:3"\n' });
    expect(await placesOf(home, ['start', '--p2p.laddr=tcp://127.0.0.1:7'])).toEqual([
      ['RPC', true, '127.0.0.1:1'],
      ['P2P', true, '127.0.0.1:7'],
    ]);
    expect(await placesOf(tempHome())).toEqual([
      ['RPC', true, '127.0.0.1:26657'],
      ['P2P', true, 'disabled'],
    ]);
  });
});

describe("the validator's address", () => {
  const address = 'ABCDEF0123456789ABCDEF0123456789ABCDEF01';

  it('is read from the key, wherever config.toml puts it', async () => {
    const key = JSON.stringify({ address: address.toLowerCase(), priv_key: {} });
    expect(await readValidatorAddress(tempHome({ 'config/priv_validator_key.json': key }))).toBe(address);
    const moved = { 'config/config.toml': 'priv_validator_key_file = "k.json"', 'k.json': key };
    expect(await readValidatorAddress(tempHome(moved))).toBe(address);
  });

  it.each([
    ['no file', {}],
    ['no JSON', { 'config/priv_validator_key.json': '{' }],
    ['no address', { 'config/priv_validator_key.json': '{"address":5}' }],
    ['another text', { 'config/priv_validator_key.json': '{"address":"cosmos1"}' }],
  ])('is unknown with %s', async (_, files) => {
    expect(await readValidatorAddress(tempHome(files))).toBeUndefined();
  });
});
