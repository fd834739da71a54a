import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { homeOf, resolveRpcAddress, type RpcAddress } from '../src/index.js';
import { tempDir, tempHome } from './support.js';

function ofArgument(text: string): Promise<RpcAddress> {
  return resolveRpcAddress({ args: ['start', `--rpc.laddr=${text}`], home: '/nonexistent' });
}

function ofConfig(content: string): Promise<RpcAddress> {
  return resolveRpcAddress({ args: ['start'], home: tempHome({ 'config/config.toml': content }) });
}

describe('the spelling of an RPC address', () => {
  it.each([
    ['tcp://127.0.0.1:26657', '127.0.0.1', 26657],
    ['tcp://0.0.0.0:26657', '127.0.0.1', 26657],
    ['tcp://:26657', '127.0.0.1', 26657],
    [':26657', '127.0.0.1', 26657],
    ['tcp://[::]:1', '127.0.0.1', 1],
    ['tcp://[0:0::0]:1', '127.0.0.1', 1],
    ['tcp6://[::]:1', '::1', 1],
    ['tcp4://0.0.0.0:65535', '127.0.0.1', 65535],
    ['tcp://[::1]:26657', '::1', 26657],
    ['tcp://[fe80::1%eth0]:26657', 'fe80::1%eth0', 26657],
    ['tcp://10.0.0.7:36657', '10.0.0.7', 36657],
    ['tcp://localhost:26657', 'localhost', 26657],
    ['node.example.org:26657', 'node.example.org', 26657],
    ['0.0.0.0:26657', '127.0.0.1', 26657],
    ['tcp://127.0.0.1:1, tcp://10.0.0.7:2', '127.0.0.1', 1],
    [' , tcp://bad, http://x:1, tcp://10.0.0.7:2', '10.0.0.7', 2],
  ])('%s is dialled on %s port %i', async (text, host, port) => {
    expect(await ofArgument(text)).toEqual({ state: 'tcp', host, port, text, source: 'arguments' });
  });

  it.each([
    ['unix:///var/run/node.sock', '/var/run/node.sock'],
    ['unix://run/node.sock', 'run/node.sock'],
    ['unix://@abstract', '\0abstract'],
    ['tcp://bad,unix:///a.sock', '/a.sock'],
  ])('%s is a socket in the file system', async (text, socketPath) => {
    expect(await ofArgument(text)).toEqual({ state: 'unix', socketPath, text, source: 'arguments' });
  });

  it.each(['', ' ', ',', ' , '])('%j opens no server', async (text) => {
    expect(await ofArgument(text)).toEqual({ state: 'disabled', text, source: 'arguments' });
  });

  it.each([
    'tcp://127.0.0.1',
    'tcp://127.0.0.1:',
    'tcp://127.0.0.1:0',
    'tcp://127.0.0.1:65536',
    'tcp://127.0.0.1:-1',
    'tcp://127.0.0.1:0x10',
    'tcp://127.0.0.1:26657/path',
    'tcp://::1:26657',
    'tcp://a:b:1',
    'tcp://[::1]',
    'http://127.0.0.1:26657',
    'unix://',
    'localhost',
    '26657',
    '://:1',
  ])('%s cannot be dialled and says why', async (text) => {
    const address = await ofArgument(text);
    expect(address).toMatchObject({ state: 'invalid', text, source: 'arguments' });
    expect(address.state === 'invalid' && address.reason).toContain(text);
  });

  it('never makes the resolution throw', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), async (text) => {
        const address = await ofArgument(text);
        expect(address.text).toBe(text);
        if (address.state === 'tcp') expect(address.port).toBeGreaterThan(0);
      }),
    );
  });
});

describe('where an RPC address comes from', () => {
  const args = ['start', '--rpc.laddr', 'tcp://1.1.1.1:1'];
  const env = { PALOMAD_RPC_LADDR: 'tcp://2.2.2.2:2' };
  const executable = '/nonexistent/palomad';
  const config = { 'config/config.toml': '[rpc]\nladdr = "tcp://3.3.3.3:3"\n' };

  it('is the arguments, then the environment, then config.toml, then the default', async () => {
    const home = tempHome(config);
    const sources = await Promise.all([
      resolveRpcAddress({ args, home, env, executable }),
      resolveRpcAddress({ args: ['start'], home, env, executable }),
      resolveRpcAddress({ args: ['start'], home }),
      resolveRpcAddress({ args: ['start'], home: tempHome() }),
    ]);
    expect(sources).toMatchObject([
      { source: 'arguments', host: '1.1.1.1' },
      { source: 'environment', host: '2.2.2.2' },
      { source: 'config.toml', host: '3.3.3.3' },
      { source: 'default', host: '127.0.0.1', port: 26657, text: 'tcp://127.0.0.1:26657' },
    ]);
  });

  it.each([
    [['--rpc.laddr', 'tcp://a:1', '--rpc.laddr=tcp://b:2'], 'b'],
    [['--rpc.laddr=tcp://b:2', '--rpc.laddr', 'tcp://a:1'], 'a'],
    [['--rpc.laddr', 'tcp://a:1', '--', '--rpc.laddr=tcp://b:2'], 'a'],
    [['--rpc.laddr', 'tcp://a:1', '--rpc.laddr'], 'a'],
    [['--rpc.laddrs=tcp://b:2', '--rpc.laddr=tcp://a:1', '-rpc.laddr=tcp://b:2'], 'a'],
  ])('of the arguments %j is %s', async (given, host) => {
    expect(await resolveRpcAddress({ args: ['start', ...given], home: '/nonexistent' })).toMatchObject({ host });
  });

  it('is disabled by an empty argument, whatever else is set', async () => {
    const address = await resolveRpcAddress({
      args: ['start', '--rpc.laddr='],
      home: tempHome(config),
      env,
      executable,
    });
    expect(address).toMatchObject({ state: 'disabled', source: 'arguments' });
  });

  it.each([
    ['palomad', 'PALOMAD_RPC_LADDR'],
    ['palomad', 'palomad_RPC_LADDR'],
    ['gaiad-v15', 'GAIAD_V15_RPC_LADDR'],
    ['my.node-d', 'MY_NODE_D_RPC_LADDR'],
    ['my.node-d', 'my_node_d_RPC_LADDR'],
  ])('is, for the binary %s, the variable %s', async (name, variable) => {
    const input = { args: ['start'], home: tempHome(), executable: join('/nonexistent', name) };
    expect(await resolveRpcAddress({ ...input, env: { [variable]: 'tcp://x:1' } })).toMatchObject({ host: 'x' });
    expect(await resolveRpcAddress({ ...input, env: { [variable]: '' } })).toMatchObject({ source: 'default' });
    expect(await resolveRpcAddress({ ...input, env: { OTHER_RPC_LADDR: 'x' } })).toMatchObject({ source: 'default' });
  });

  it('takes the name of the variable from the file that a link leads to', async () => {
    const directory = tempDir();
    mkdirSync(join(directory, 'store'));
    writeFileSync(join(directory, 'store', 'gaiad-v15'), '');
    symlinkSync(join(directory, 'store', 'gaiad-v15'), join(directory, 'gaiad'));
    const address = await resolveRpcAddress({
      args: ['start'],
      home: tempHome(),
      env: { GAIAD_RPC_LADDR: 'tcp://wrong:1', GAIAD_V15_RPC_LADDR: 'tcp://right:1' },
      executable: join(directory, 'gaiad'),
    });
    expect(address).toMatchObject({ host: 'right' });
  });

  it("is the config.toml of the node's own home", async () => {
    const home = tempHome(config);
    const own = tempHome({ 'config/config.toml': 'rpc.laddr = "tcp://own:4"' });
    expect(await resolveRpcAddress({ args: ['start', '--home', own], home })).toMatchObject({ host: 'own' });
  });

  it.each([
    ['a full file', 'moniker = "n"\n[rpc]\n# laddr = "x"\nladdr = "tcp://h:5"\n[p2p]\nladdr = "tcp://p:6"\n', 'h'],
    ['an inline table', 'rpc = { laddr = "tcp://h:5" }', 'h'],
    ['upper-case keys', '[RPC]\nLAddr = "tcp://h:5"', 'h'],
    ['no such section', '[p2p]\nladdr = "tcp://p:6"', '127.0.0.1'],
    ['no such key', '[rpc]\ngrpc_laddr = "tcp://p:6"', '127.0.0.1'],
    ['an empty file', '', '127.0.0.1'],
  ])('is read from config.toml with %s', async (_, content, host) => {
    expect(await ofConfig(content)).toMatchObject({ state: 'tcp', host });
  });

  it('is disabled by an empty setting in config.toml', async () => {
    expect(await ofConfig('[rpc]\nladdr = ""')).toMatchObject({ state: 'disabled', source: 'config.toml' });
  });

  it.each([
    ['that does not parse', '[rpc\nladdr = "tcp://h:5"', 'cannot parse'],
    ['where it is a number', '[rpc]\nladdr = 26657', 'not a string'],
    ['of more than 1 MiB', `# ${'x'.repeat(1024 * 1024)}`, 'cannot read'],
  ])('is invalid with a config.toml %s, naming the file', async (_, content, reason) => {
    const address = await ofConfig(content);
    expect(address).toMatchObject({ state: 'invalid', source: 'config.toml' });
    const said = address.state === 'invalid' ? address.reason : '';
    expect(said).toContain(reason);
    expect(said).toContain('config.toml');
    expect(said).not.toContain('\n');
  });

  it('is invalid with a directory in the place of config.toml', async () => {
    const home = tempHome({ 'config/config.toml/file': '' });
    expect(await resolveRpcAddress({ args: [], home })).toMatchObject({ state: 'invalid', source: 'config.toml' });
  });
});

describe('the home of a node', () => {
  it.each([
    [['start'], '/given'],
    [['start', '--home', '/a'], '/a'],
    [['start', '--home=/a'], '/a'],
    [['--home=/a', 'start', '--home', '/b'], '/b'],
    [['start', '--home='], '/given'],
    [['start', '--home'], '/given'],
    [['start', '--', '--home', '/a'], '/given'],
    [['start', '--homes=/a', '--home.x', '/b'], '/given'],
    [['start', '--home', '--home=/a'], '--home=/a'],
  ])('with the arguments %j is %s', (args, home) => {
    expect(homeOf(args, '/given')).toBe(home);
  });
});
