import { lastEntry } from '@chainvisor/systemd';
import { spawnSync } from 'node:child_process';
import { describe, expect, it, type TestContext } from 'vitest';
import { findServices, HostError, readService, type Service } from '../src/index.js';
import { makeTree, type Tree } from './helpers/tree.js';

const etc = '/etc/systemd/system';
const run = '/run/systemd/system';
const lib = '/usr/lib/systemd/system';

const unit = (exec: string, more = ''): string => `[Service]\nExecStart=${exec}\nNice_=\n${more}`;

/** Where the files of a service lie in the tree. */
function placesOf({ root }: Tree, service: Service): string[] {
  return service.files.map(({ path }) => path.slice(root.length));
}

function codeOf(call: () => unknown): string | undefined {
  try {
    call();
    return undefined;
  } catch (error) {
    return error instanceof HostError ? error.code : String(error);
  }
}

const refused = ((): string | undefined => {
  const { error } = spawnSync('systemd-analyze', ['--version']);
  return error === undefined ? undefined : 'needs systemd-analyze';
})();

/** The files that systemd itself reads for a unit, in its order: it warns of the key `Nice_`, which each of them has. */
function asSystemd({ root }: Tree, name: string): string[] {
  const args = [`--root=${root}`, 'verify', '--man=no', '--recursive-errors=no', name];
  const { stderr } = spawnSync('systemd-analyze', args, { encoding: 'utf8' });
  return [...stderr.matchAll(/^(\/.+):\d+: Unknown key.* 'Nice_'/gm)].map(([, path = '']) => path.slice(root.length));
}

/** One tree with all that decides which files count. */
function manyFiles(t: TestContext): Tree {
  const tree = makeTree(t);
  tree.write(`${lib}/pal-oma-d.service`, unit('/lib'));
  tree.write(`${etc}/pal-oma-d.service`, unit('/etc'));
  tree.write(`${etc}/pal-oma-d.service.d/20-own.conf`, '[Service]\nNice=1\nNice_=\n');
  tree.write(`${run}/pal-oma-d.service.d/20-own.conf`, '[Service]\nNice=2\nNice_=\n');
  tree.write(`${run}/pal-oma-d.service.d/10-run.conf`, '[Service]\nNice=3\nNice_=\n');
  tree.write(`${lib}/pal-oma-.service.d/30-prefix.conf`, '[Service]\nNice=4\nNice_=\n');
  tree.write(`${etc}/pal-.service.d/05-prefix.conf`, '[Service]\nNice=5\nNice_=\n');
  tree.write(`${etc}/pal-.service.d/10-run.conf`, '[Service]\nNice=6\nNice_=\n');
  tree.write(`${etc}/service.d/01-all.conf`, '[Service]\nNice=7\nNice_=\n');
  tree.write(`${etc}/service.d/20-own.conf`, '[Service]\nNice=8\nNice_=\n');
  tree.write(`${etc}/pal-oma-d.service.d/no-drop-in.txt`, '[Service]\nNice=9\nNice_=\n');
  tree.write('/run/systemd/system.control/pal-oma-d.service.d/50-set.conf', '[Service]\nNice=10\nNice_=\n');
  tree.write(`${etc}/chain@.service`, unit('/template'));
  tree.write(`${etc}/chain@.service.d/10-all.conf`, '[Service]\nNice=1\nNice_=\n');
  tree.write(`${etc}/chain@one.service.d/20-one.conf`, '[Service]\nNice=2\nNice_=\n');
  tree.write(`${lib}/chain@own.service`, unit('/own'));
  return tree;
}

describe('the files of a service', () => {
  it('are those of the directory that wins, and the drop-ins by name', (t) => {
    const tree = manyFiles(t);
    const service = readService('pal-oma-d', { root: tree.root });
    expect(placesOf(tree, service)).toEqual([
      `${etc}/pal-oma-d.service`,
      `${etc}/service.d/01-all.conf`,
      `${etc}/pal-.service.d/05-prefix.conf`,
      `${etc}/pal-.service.d/10-run.conf`,
      `${etc}/pal-oma-d.service.d/20-own.conf`,
      `${lib}/pal-oma-.service.d/30-prefix.conf`,
      '/run/systemd/system.control/pal-oma-d.service.d/50-set.conf',
    ]);
    expect(service.name).toBe('pal-oma-d.service');
    expect(lastEntry(service.unit, 'Service', 'Nice')).toMatchObject({
      value: '10',
      file: tree.at('/run/systemd/system.control/pal-oma-d.service.d/50-set.conf'),
      line: 2,
    });
  });

  it('of an instance are those of its template, unless it has its own', (t) => {
    const tree = manyFiles(t);
    const own = [`${etc}/chain@.service`, `${etc}/service.d/01-all.conf`, `${etc}/chain@.service.d/10-all.conf`];
    const last = `${etc}/service.d/20-own.conf`;
    expect(placesOf(tree, readService('chain@two', { root: tree.root }))).toEqual([...own, last]);
    expect(placesOf(tree, readService('chain@one', { root: tree.root }))).toEqual([
      ...own,
      `${etc}/chain@one.service.d/20-one.conf`,
      last,
    ]);
    expect(placesOf(tree, readService('chain@own', { root: tree.root }))[0]).toBe(`${lib}/chain@own.service`);
  });

  it.for(['pal-oma-d', 'chain@one', 'chain@own', 'chain@two'])(
    `of %s are those that systemd reads${refused === undefined ? '' : ` (skipped: ${refused})`}`,
    { skip: refused !== undefined },
    (name, t) => {
      const tree = manyFiles(t);
      const places = placesOf(tree, readService(name, { root: tree.root }));
      expect(places.length).toBeGreaterThan(2);
      expect(places).toEqual(asSystemd(tree, `${name}.service`));
    },
  );

  it('are found by an alias, with the drop-ins of all names', (t) => {
    const tree = makeTree(t);
    tree.write(`${lib}/palomad.service`, unit('/palomad'));
    tree.link(`${etc}/node.service`, `${lib}/palomad.service`);
    tree.write(`${etc}/node.service.d/10-alias.conf`, '[Service]\nNice=1\n');
    tree.write(`${etc}/palomad.service.d/20-own.conf`, '[Service]\nNice=2\n');
    const expected = [
      `${lib}/palomad.service`,
      `${etc}/node.service.d/10-alias.conf`,
      `${etc}/palomad.service.d/20-own.conf`,
    ];
    for (const name of ['node', 'palomad.service']) {
      const service = readService(name, { root: tree.root });
      expect(service.name).toBe('palomad.service');
      expect(placesOf(tree, service)).toEqual(expected);
    }
  });

  it('may lie elsewhere, behind a link', (t) => {
    const tree = makeTree(t);
    tree.write('/opt/palomad.service', unit('/opt'));
    tree.link(`${etc}/palomad.service`, '/opt/palomad.service');
    expect(placesOf(tree, readService('palomad', { root: tree.root }))).toEqual(['/opt/palomad.service']);
  });

  it('are those beside a file that is named, whatever it is called', (t) => {
    const tree = makeTree(t);
    const path = tree.write('/draft/x.service', unit('/x'));
    tree.write('/draft/x.service.d/10-more.conf', '[Service]\nNice=1\n');
    const service = readService(path);
    expect(placesOf(tree, service)).toEqual(['/draft/x.service', '/draft/x.service.d/10-more.conf']);
    expect(service.name).toBe('x.service');
    const text = tree.write('/draft/a text.txt', unit('/x'));
    expect(readService(text).name).toBe('unit.service');
  });

  it('switch a drop-in off by a link to /dev/null', (t) => {
    const tree = makeTree(t);
    tree.write(`${etc}/palomad.service`, unit('/palomad'));
    tree.write(`${lib}/palomad.service.d/10-nice.conf`, '[Service]\nNice=1\n');
    tree.link(`${etc}/palomad.service.d/10-nice.conf`, '/dev/null');
    expect(lastEntry(readService('palomad', { root: tree.root }).unit, 'Service', 'Nice')).toBeUndefined();
  });

  it('that are not to be had are told by a code', (t) => {
    const tree = makeTree(t);
    tree.link(`${etc}/masked.service`, '/dev/null');
    tree.write(`${etc}/empty.service`, '');
    tree.link(`${etc}/broken.service`, '/nowhere/at.all');
    tree.link(`${etc}/ring.service`, `${etc}/gnir.service`);
    tree.link(`${etc}/gnir.service`, `${etc}/ring.service`);
    const read = (name: string) => codeOf(() => readService(name, { root: tree.root }));
    expect(read('masked')).toBe('SYSTEMD_HOST_UNIT_MASKED');
    expect(read('empty')).toBe('SYSTEMD_HOST_UNIT_MASKED');
    expect(read('broken')).toBe('SYSTEMD_HOST_UNIT_MISSING');
    expect(read('ring')).toBe('SYSTEMD_HOST_UNIT_MISSING');
    expect(read('not-there')).toBe('SYSTEMD_HOST_UNIT_MISSING');
    expect(read('a b')).toBe('SYSTEMD_HOST_NAME_INVALID');
    expect(read(tree.at('/no/x.service'))).toBe('SYSTEMD_HOST_READ_FAILED');
  });
});

describe('the environment of a service', () => {
  it('is that of the unit, its drop-ins and the files that they name', (t) => {
    const tree = makeTree(t);
    tree.write(
      `${etc}/chain@.service`,
      unit(
        '/x',
        'Environment=A=unit "B=two words" C=%i\nEnvironmentFile=/etc/chain/%i.env\nEnvironmentFile=-/not/there\n',
      ),
    );
    tree.write(`${etc}/chain@one.service.d/10.conf`, '[Service]\nEnvironment=D=drop-in H=%h\n');
    tree.write('/etc/chain/one.env', "A=file\nE='literal $HOME'\n");
    const { environment } = readService('chain@one', { root: tree.root });
    expect(Object.fromEntries([...environment.variables].map(([name, { value }]) => [name, value]))).toEqual({
      A: 'file',
      B: 'two words',
      C: 'one',
      D: 'drop-in',
      E: 'literal $HOME',
      H: '/root',
    });
    expect(environment.missing).toEqual([]);
  });

  it('takes all files of a pattern, in the order of their names', (t) => {
    const tree = makeTree(t);
    tree.write(`${etc}/x.service`, unit('/x', 'EnvironmentFile=/etc/env.d/*.env\nEnvironmentFile=/etc/none/*.env\n'));
    tree.write('/etc/env.d/20.env', 'A=20\n');
    tree.write('/etc/env.d/10.env', 'A=10\nB=10');
    const { environment } = readService('x', { root: tree.root });
    expect(environment.variables.get('A')?.value).toBe('20');
    expect(environment.variables.get('B')?.value).toBe('10');
    expect(environment.missing).toEqual(['/etc/none/*.env']);
  });
});

describe('services of interest', () => {
  it('are found by what they start, instances too, each once', (t) => {
    const tree = makeTree(t);
    tree.write(`${etc}/chain@.service`, unit('/usr/bin/chainvisor run start'));
    tree.link(`${etc}/multi-user.target.wants/chain@one.service`, `${etc}/chain@.service`);
    tree.write(`${etc}/chain@two.service.d/10.conf`, '[Service]\nNice=1\n');
    tree.write(`${lib}/cosmovisor.service`, unit('/usr/bin/cosmovisor run start'));
    tree.link(`${etc}/alias.service`, `${lib}/cosmovisor.service`);
    tree.write(`${lib}/plain.service`, unit('/usr/bin/other'));
    tree.write(`${etc}/changed.service`, unit('/usr/bin/chainvisor run start'));
    tree.write(`${etc}/changed.service.d/10.conf`, '[Service]\nExecStart=\nExecStart=/usr/bin/other\n');
    tree.link(`${etc}/masked.service`, '/dev/null');
    const { services, unreadable } = findServices({
      root: tree.root,
      mentions: (exec) => /chainvisor|cosmovisor/.test(exec),
    });
    expect(services.map(({ name }) => name)).toEqual(['cosmovisor.service', 'chain@one.service', 'chain@two.service']);
    expect(unreadable).toEqual([]);
  });

  it('that cannot be read are told', (t) => {
    const tree = makeTree(t);
    tree.write(`${etc}/x.service/file`, '');
    const { services, unreadable } = findServices({ root: tree.root, mentions: () => true });
    expect(services).toEqual([]);
    expect(unreadable).toEqual([{ name: 'x.service', reason: expect.stringContaining('this is no file') as string }]);
  });
});
