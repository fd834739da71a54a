import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer, connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { makeFakeHome, waitFor } from '../src/index.ts';
import { eventsOf, fakeHome, PLAN, run, start, untilEvent, untilHeight } from './support.ts';

async function get(port: number, path: string, body?: unknown): Promise<unknown> {
  const options = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  return (await fetch(`http://127.0.0.1:${port}${path}`, options)).json();
}

test('status and abci_info have the shapes of CometBFT, with every 64-bit integer a string', async () => {
  const home = await fakeHome('0.50', { plans: [PLAN], chainId: 'demo-7' });
  const node = start(home);
  await untilEvent(home, 'halt');
  const validator = JSON.parse(readFileSync(`${home.home}/config/priv_validator_key.json`, 'utf8')) as {
    address: string;
    pub_key: object;
  };
  const upperHex: unknown = expect.stringMatching(/^[0-9A-F]{64}$/);
  const time: unknown = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  expect(await get(home.rpcPort, '/status')).toEqual({
    jsonrpc: '2.0',
    id: -1,
    result: {
      node_info: {
        protocol_version: { p2p: '8', block: '11', app: '0' },
        id: home.nodeId,
        listen_addr: 'tcp://127.0.0.1:26656',
        network: 'demo-7',
        version: '0.38.12',
        channels: '40202122233038606100',
        moniker: 'n0',
        other: { tx_index: 'on', rpc_address: home.laddr },
      },
      sync_info: {
        latest_block_hash: upperHex,
        latest_app_hash: upperHex,
        latest_block_height: '6',
        latest_block_time: time,
        earliest_block_hash: upperHex,
        earliest_app_hash: upperHex,
        earliest_block_height: '1',
        earliest_block_time: time,
        catching_up: false,
      },
      validator_info: { address: validator.address, pub_key: validator.pub_key, voting_power: '1' },
    },
  });
  expect(await get(home.rpcPort, '/', { jsonrpc: '2.0', id: 'q', method: 'abci_info', params: {} })).toEqual({
    jsonrpc: '2.0',
    id: 'q',
    result: {
      response: {
        data: 'palomad',
        version: 'v1.0.0',
        last_block_height: '5',
        last_block_app_hash: expect.stringMatching(/=$/) as unknown,
      },
    },
  });
  expect(await get(home.rpcPort, '/health')).toEqual({ jsonrpc: '2.0', id: -1, result: {} });
  expect(await get(home.rpcPort, '/', { id: 1, method: 'nothing' })).toMatchObject({ error: { code: -32601 } });
  expect((await fetch(`http://127.0.0.1:${home.rpcPort}/nothing`)).status).toBe(404);
  await node.stop();
});

test('what is zero is absent from abci_info before the first block', async () => {
  const home = await fakeHome('0.50', { blockTime: 60_000 });
  const node = start(home);
  await untilEvent(home, 'open');
  expect(await get(home.rpcPort, '/abci_info')).toMatchObject({
    result: { response: { data: 'palomad', version: 'v1.0.0' } },
  });
  expect(await home.status()).toMatchObject({ height: 0, appHeight: 0 });
  await node.stop();
});

test('abci_query answers for the plan and the applied upgrades, in GET and POST', async () => {
  const chain = {
    applied: [{ name: 'v1', height: 300 }],
    startHeight: 1000,
    blockTime: 60_000,
    scheduleLead: 'start',
  } as const;
  const home = await fakeHome('0.50', { ...chain, plans: [{ name: 'v2', height: 1234, info: 'x' }] });
  const node = start(home);
  await untilEvent(home, 'open');
  const query = async (path: string, data = '') =>
    (await get(home.rpcPort, '/', {
      id: 1,
      method: 'abci_query',
      params: { path, data, height: '0', prove: false },
    })) as {
      result: { response: { code: number; value: string | null; height: string } };
    };
  const value = async (path: string, data?: string) =>
    Buffer.from((await query(path, data)).result.response.value ?? '', 'base64').toString('hex');
  const time = '120b088092b8c398feffffff01';
  const plan = `0a027632${time}18d209220178`;
  expect(await value('/cosmos.upgrade.v1beta1.Query/CurrentPlan')).toBe(`0a${(plan.length / 2).toString(16)}${plan}`);
  expect(await value('/cosmos.upgrade.v1beta1.Query/AppliedPlan', '0a027631')).toBe('08ac02');
  expect(await value('/cosmos.upgrade.v1beta1.Query/AppliedPlan', '0a027632')).toBe('');
  expect(await value('/store/upgrade/subspace', '01')).toBe('0a100a0b01000000000000012c7631120101');
  expect((await query('/nope')).result.response).toMatchObject({ code: 6, value: null });
  const byGet = await get(home.rpcPort, '/abci_query?path="/cosmos.upgrade.v1beta1.Query/AppliedPlan"&data=0x0a027631');
  expect(byGet).toMatchObject({ id: -1, result: { response: { value: 'CKwC', height: '999' } } });
  await node.stop();
});

const text = (field: number, value: string): string =>
  Buffer.from([field * 8 + 2, value.length, ...Buffer.from(value)]).toString('hex');
/** Lengths up to 2^14. */
const message = (field: number, hex: string): string => {
  const length = hex.length / 2;
  const size = length < 128 ? [length] : [(length & 127) | 128, length >> 7];
  return Buffer.from([field * 8 + 2, ...size]).toString('hex') + hex;
};
const anyOf = (type: string, hex: string): string => text(1, type) + message(2, hex);

test.each([
  ['0.45', 'v1beta1'],
  ['0.47', 'v1'],
  ['0.53', 'v1'],
] as const)('proposals of SDK %s are listed as x/gov %s lists them', async (profile, version) => {
  const plan = { name: 'v2', height: 1234 };
  const home = await fakeHome(profile, {
    blockTime: 60_000,
    proposals: [
      { id: 1, status: 'passed', title: 'words', legacy: true },
      { id: 2, status: 'voting', title: 'up', plan, votingEnd: 1000 },
      { id: 3, status: 'deposit', plan },
      { id: 4, status: 'voting', title: 'down', cancels: true, votingEnd: 1000 },
    ],
  });
  const node = start(home);
  await untilEvent(home, 'open');
  const query = async (path: string, data: string) => {
    const body = { id: 1, method: 'abci_query', params: { path, data } };
    const { result } = (await get(home.rpcPort, '/', body)) as {
      result: { response: { code: number; value: string | null } };
    };
    return { code: result.response.code, value: Buffer.from(result.response.value ?? '', 'base64').toString('hex') };
  };
  const authority = text(1, 'cosmos10d07y265gmmuvt4z0w9aw880jnsr700j6zn9kn');
  const planHex = '0a027632120b088092b8c398feffffff0118d209';
  const words = (title: string) => text(1, title) + text(2, 'its description');
  const [up, down] =
    version === 'v1'
      ? [
          anyOf('/cosmos.upgrade.v1beta1.MsgSoftwareUpgrade', authority + message(2, planHex)),
          anyOf('/cosmos.upgrade.v1beta1.MsgCancelUpgrade', authority),
        ]
      : [
          anyOf('/cosmos.upgrade.v1beta1.SoftwareUpgradeProposal', words('up') + message(3, planHex)),
          anyOf('/cosmos.upgrade.v1beta1.CancelSoftwareUpgradeProposal', words('down')),
        ];
  const listed = (id: string, title: string, content: string): string =>
    `08${id}${message(2, content)}18024a020801${version === 'v1' ? text(11, title) : ''}`;
  const path = `/cosmos.gov.${version}.Query/Proposals`;
  const latest = message(1, listed('04', 'down', down));
  const before = message(1, listed('02', 'up', up));
  // In voting, reverse: all of them, then one at a time.
  expect(await query(path, '080222022801')).toEqual({ code: 0, value: `${latest}${before}1200` });
  const nextKey = profile === '0.53' ? '0000000000000003' : '0000000000000002';
  expect(await query(path, '0802220418012801')).toEqual({ code: 0, value: `${latest}120a0a08${nextKey}` });
  const byKey = await query(path, `0802220e0a08${nextKey}18012801`);
  // From 0.50 on the page is over with the first proposal that is looked at.
  if (profile === '0.53') expect(byKey.value).toBe('120a0a080000000000000002');
  else expect(byKey.value).toBe(`${before}120a0a080000000000000001`);
  if (version === 'v1beta1') expect((await query('/cosmos.gov.v1.Query/Proposals', '')).code).toBe(6);
  await node.stop();

  await home.setChain({ gov: false });
  const without = start(home);
  await untilEvent(home, 'open', without.pid);
  expect((await query(path, '')).code).toBe(6);
  await without.stop();
});

test('a plan that is taken out of the chain again is no plan any more, and proposals change while the node runs', async () => {
  const plan = { name: 'v2', height: 100_000 };
  const home = await fakeHome('0.50', { plans: [plan], scheduleLead: 'start' });
  const node = start(home);
  await untilEvent(home, 'open');
  const lengthOf = async (path: string) => {
    const { result } = (await get(home.rpcPort, '/', { id: 1, method: 'abci_query', params: { path } })) as {
      result: { response: { value: string | null } };
    };
    return (result.response.value ?? '').length;
  };
  expect(await lengthOf('/cosmos.upgrade.v1beta1.Query/CurrentPlan')).toBeGreaterThan(0);
  const none = await lengthOf('/cosmos.gov.v1.Query/Proposals');
  await home.setChain({ plans: [], proposals: [{ id: 1, status: 'voting', plan }] });
  await waitFor('no plan', async () => (await lengthOf('/cosmos.upgrade.v1beta1.Query/CurrentPlan')) === 0);
  expect(await lengthOf('/cosmos.gov.v1.Query/Proposals')).toBeGreaterThan(none);
  await node.stop();
});

test('block sync is told as catching up', async () => {
  const home = await fakeHome('0.47', { mode: 'blocksync' });
  const node = start(home);
  await untilHeight(home, 1);
  expect(await home.status()).toMatchObject({ catchingUp: true });
  await node.stop();
});

test('another node behind the port has another id', async () => {
  const home = await fakeHome('0.50', { rpc: 'foreign' });
  const node = start(home);
  await untilHeight(home, 1);
  expect((await home.status())?.nodeId).toMatch(/^[0-9a-f]{40}$/);
  expect((await home.status())?.nodeId).not.toBe(home.nodeId);
  await node.stop();
});

test('a silent RPC accepts and does not answer, and does not hold up the stop', async () => {
  const home = await fakeHome('0.50', { rpc: 'silent' });
  const node = start(home);
  await untilHeight(home, 1);
  const socket = connect(home.rpcPort, '127.0.0.1');
  await new Promise((resolve) => socket.once('connect', resolve));
  expect(await home.status()).toBeUndefined();
  expect((await node.stop()).code).toBe(0);
  socket.destroy();
});

test('without RPC the chain runs and nobody listens', async () => {
  const home = await fakeHome('0.50', { rpc: 'off' });
  const node = start(home);
  await untilHeight(home, 2);
  expect(await home.status()).toBeUndefined();
  expect((await eventsOf(home, 'open'))[0]).not.toHaveProperty('port');
  expect((await node.stop()).code).toBe(0);
});

test('RPC may be a unix socket, also after a kill', async () => {
  const home = await makeFakeHome({
    daemon: 'palomad',
    chain: { blockTime: 10 },
    genesis: { profile: '0.50', version: 'v1' },
    socket: 'unix',
  });
  onTestFinished(() => home.remove());
  expect(home).toMatchObject({ rpcPort: 0, laddr: `unix://${home.dir}/rpc.sock` });
  const killed = start(home);
  await untilEvent(home, 'open');
  await killed.stop('SIGKILL');
  const node = start(home);
  await untilEvent(home, 'open', node.pid);
  const text = await new Promise((resolve, reject) => {
    request({ socketPath: `${home.dir}/rpc.sock`, path: '/health', agent: false }, (response) =>
      response.once('data', resolve),
    )
      .on('error', reject)
      .end();
  });
  expect(String(text)).toContain('"result":{}');
  await node.stop();
});

test('a taken RPC port ends the start with code 1', async () => {
  const home = await fakeHome('0.50');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  const { code, stderr } = await run(home, home.genesisBinary, ['start', '--rpc.laddr', `tcp://127.0.0.1:${port}`])
    .ended;
  expect(code).toBe(1);
  expect(stderr).toContain(`listen tcp 127.0.0.1:${port}: bind: address already in use`);
});

test('of SDK 0.47 an error that comes late is swallowed: the process waits for a signal', async () => {
  const home = await fakeHome('0.47', { startTime: 50, outerSignalAfter: 1 });
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(home.rpcPort, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const node = start(home);
  await untilEvent(home, 'locked');
  expect(await node.stop()).toMatchObject({ code: 0, stderr: '' });
});
