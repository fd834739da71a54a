import { describe, expect, it } from 'vitest';
import {
  environmentFile,
  type EnvironmentFileOptions,
  HostError,
  parseAssignments,
  serviceName,
} from '../src/index.js';
import { makeTree, type Tree } from './helpers/tree.js';

const path = '/etc/chainvisor/palomad.env';
const marker = '# Written by chainvisor systemd install\n';

function plan(tree: Tree, more: Partial<EnvironmentFileOptions> = {}) {
  return environmentFile({
    path,
    root: tree.root,
    group: undefined,
    variables: { DAEMON_HOME: '/h', DAEMON_NAME: 'palomad' },
    home: '/h',
    force: false,
    ...more,
  });
}

/** The lines that are no comment. */
function linesOf({ file }: ReturnType<typeof plan>): readonly string[] {
  return file.text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

function codeOf(call: () => unknown): string | undefined {
  try {
    call();
    return undefined;
  } catch (error) {
    return error instanceof HostError ? error.code : String(error);
  }
}

describe('the environment file of a node', () => {
  it('has our variables in the order of their names, whoever writes it', (t) => {
    const tree = makeTree(t);
    const { file, warnings } = plan(tree);
    expect(file).toMatchObject({ path, mode: 0o640 });
    expect(file.text.startsWith(marker)).toBe(true);
    expect(linesOf(plan(tree, { variables: { B: '2', A: 'x y' } }))).toEqual(['A="x y"', 'B=2']);
    expect(warnings).toEqual([]);
  });

  it('keeps what was set before and is not given now', (t) => {
    const tree = makeTree(t);
    tree.write(path, `${marker}DAEMON_HOME=/h/\nDAEMON_NAME=old\nDAEMON_RESTART_DELAY=5s\nOTHER="a b"\n`);
    const planned = plan(tree);
    expect(linesOf(planned)).toEqual([
      'DAEMON_HOME=/h',
      'DAEMON_NAME=palomad',
      'DAEMON_RESTART_DELAY=5s',
      'OTHER="a b"',
    ]);
    expect(planned.warnings).toEqual([]);
  });

  it('sets defaults only where they are not set', (t) => {
    const tree = makeTree(t);
    tree.write(path, `${marker}DAEMON_NAME=theirs\n`);
    const defaults = { DAEMON_HOME: '/h', DAEMON_NAME: 'ours' };
    expect(linesOf(plan(tree, { variables: {}, defaults }))).toEqual(['DAEMON_HOME=/h', 'DAEMON_NAME=theirs']);
  });

  it('is not taken over from another home, unless that is forced', (t) => {
    const tree = makeTree(t);
    tree.write(path, `${marker}DAEMON_HOME=/other\nDAEMON_RESTART_DELAY=5s\n`);
    expect(codeOf(() => plan(tree))).toBe('SYSTEMD_HOST_OTHER_HOME');
    expect(linesOf(plan(tree, { force: true }))).toEqual(['DAEMON_HOME=/h', 'DAEMON_NAME=palomad']);
  });

  it('is not looked into where it is not ours', (t) => {
    const tree = makeTree(t);
    tree.write(path, 'DAEMON_HOME=/other\nSECRET=1\n');
    expect(linesOf(plan(tree))).toEqual(['DAEMON_HOME=/h', 'DAEMON_NAME=palomad']);
  });
});

describe('what an operator writes', () => {
  it('is taken for an assignment, or refused', () => {
    expect(parseAssignments(['A=1', 'B_2=x=y z', 'C='])).toEqual({ A: '1', B_2: 'x=y z', C: '' });
    for (const text of ['A', '=1', 'export A=1', '2A=1', '']) {
      expect(codeOf(() => parseAssignments([text]))).toBe('SYSTEMD_HOST_NAME_INVALID');
    }
  });

  it('is taken for the name of a service, or refused', () => {
    expect(serviceName('palomad')).toBe('palomad');
    expect(serviceName('palomad.service')).toBe('palomad');
    expect(serviceName('chain-1.2_x')).toBe('chain-1.2_x');
    for (const text of ['', 'a b', 'a/b', '../a', 'chainvisor@a', 'a.timer', 'x'.repeat(300)]) {
      expect(codeOf(() => serviceName(text))).toBe('SYSTEMD_HOST_NAME_INVALID');
    }
  });
});
