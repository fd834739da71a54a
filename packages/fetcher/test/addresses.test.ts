import { expect, test } from 'vitest';
import { isLoopbackHost, isPrivateAddress, isPrivateHost } from '../src/addresses.js';

test.each([
  '0.0.0.0',
  '10.1.2.3',
  '100.64.0.1',
  '127.8.8.8',
  '169.254.169.254',
  '172.31.255.255',
  '192.168.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:10.0.0.1',
  '::ffff:7f00:1',
  'fd00::1',
  'fe80::1%eth0',
  'ff02::1',
])('%s is not public', (address) => {
  expect(isPrivateAddress(address)).toBe(true);
});

test.each(['1.1.1.1', '172.32.0.1', '100.128.0.1', '140.82.121.4', '2606:50c0:8000::153', '::ffff:1.1.1.1', 'host'])(
  '%s is, or is no address',
  (address) => {
    expect(isPrivateAddress(address)).toBe(false);
  },
);

test.each(['127.1', '2130706433', '0x7f.1', '[::1]', 'localhost', 'LOCALHOST.', 'a.localhost', '10.0.0.1'])(
  'http://%s/ leads to what is not public',
  (host) => {
    expect(isPrivateHost(new URL(`http://${host}/`))).toBe(true);
  },
);

test.each([
  ['127.0.0.1', true],
  ['127.1', true],
  ['[::1]', true],
  ['localhost', true],
  ['10.0.0.1', false],
  ['localhost.example', false],
  ['notlocalhost', false],
])('http://%s/ is this host: %s', (host, expected) => {
  expect(isLoopbackHost(new URL(`http://${host}/`))).toBe(expected);
});
