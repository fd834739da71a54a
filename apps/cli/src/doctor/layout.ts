import { checkExecutable } from '@chainvisor/binary';
import { binaryIn, type Current, readCurrent } from '@chainvisor/layout';
import { readInfo } from '@chainvisor/watcher';
import { isAbsolute, relative } from 'node:path';
import { readlink } from 'node:fs/promises';
import { planText } from '../backup/texts.js';
import { locateBinary } from '../locate-binary.js';
import { isForbidden } from './account.js';
import { type Check, checker } from './check.js';
import type { Facts, HomeFacts, HomeTrouble } from './facts.js';
import { rightsOf } from './rights.js';
import { stagedChecks } from './staged.js';

const { ok, note, warning, error } = checker('layout');

/** What lies in the home, whether it hangs together, and whether its user may work with it. */
export async function layout({ home, homeTrouble, account }: Facts): Promise<readonly Check[]> {
  if (homeTrouble !== undefined) return [ofTrouble(homeTrouble)];
  if (home === undefined) return [note('no home is known: nothing in it was looked at')];
  const current = await readCurrent(home.layout);
  return [
    ...(await ofCurrent(home, current)),
    ...(await stagedChecks(home, current)),
    await ofInfo(home, current),
    ofJournal(home),
    ...(await ofRestore(home)),
    ...(await rightsOf(home, account)),
  ];
}

function ofTrouble({ path, isForBackups, is, reason }: HomeTrouble): Check {
  const where = path;
  switch (is) {
    case 'absent':
      return error('the home is not there', {
        why: reason,
        do: 'mount it, or set DAEMON_HOME to the home that the node has',
        where,
      });
    case 'forbidden':
      return warning('the home cannot be looked into: most of this doctor has nothing to say', {
        why: reason,
        do: 'run it as root, or as the user of the node',
        where,
      });
    case 'broken':
      return error('the home is broken: a node cannot work with it', {
        why: reason,
        do: 'mount what belongs there, or put it right',
        where,
      });
    case 'silent':
      return error(
        isForBackups === true
          ? 'the place of backups does not answer: a start of chainvisor would wait for it without end'
          : 'the home does not answer: neither would it answer a node',
        {
          why: reason,
          do: 'look at what is mounted there, and at the kernel log (dmesg)',
          where,
        },
      );
  }
}

async function ofCurrent({ layout }: HomeFacts, current: Current): Promise<Check[]> {
  const { current: where } = layout;
  const choose = 'point it to the binary that belongs to the data: chainvisor use <name>';
  switch (current.state) {
    case 'absent': {
      const genesis = await checkExecutable(binaryIn(layout, layout.genesis));
      if (genesis.ok) return [note('current is not there yet: the first start makes it, to genesis', { where })];
      const init = 'run `chainvisor init <path to binary>`';
      return [error('there is neither current nor a binary in genesis', { why: genesis.detail, do: init, where })];
    }
    case 'not-a-link':
      return [error(`current is a ${current.kind}, not a link`, { do: `move it away, and ${choose}`, where })];
    case 'dangling':
      return [error(`current points to ${current.target}, which is not there`, { do: choose, where })];
    case 'linked':
      break;
  }
  const binary = await locateBinary(layout, current.dir);
  if (!binary.ok) {
    return [
      error(`the binary of ${current.target} cannot run`, {
        why: binary.detail,
        do: `put ${layout.daemon} at ${binaryIn(layout, current.dir)}, executable, or choose another: chainvisor use <name>`,
        where: binary.path,
      }),
    ];
  }
  const checks = [ok(`current points to ${current.target}`, { where })];
  if (binary.misplaced) {
    checks.push(warning('the binary of current lies beside bin/', { do: `move it into bin/`, where: current.dir }));
  }
  if (current.planProblem !== undefined) {
    checks.push(
      warning('the plan beside the binary of current cannot be read: which upgrade it came from is not known', {
        why: current.planProblem.message,
      }),
    );
  }
  return [...checks, ...(await ofLink(layout.root, where, current.target))];
}

async function ofLink(root: string, link: string, target: string): Promise<Check[]> {
  const text = await readlink(link);
  if (isAbsolute(target)) {
    return [
      warning('current leads out of the home', {
        why: `to ${target}: neither backups nor upgrades know it by a name`,
        do: 'put that binary into genesis/ or upgrades/, and point current there: chainvisor use <name>',
        where: link,
      }),
    ];
  }
  if (!isAbsolute(text)) return [];
  return [
    note('current is an absolute link, as old versions of cosmovisor made it', {
      why: `a home that is moved keeps the old path; relative would be ${relative(root, text)}`,
      where: link,
    }),
  ];
}

async function ofInfo({ layout: { upgradeInfo: where }, height }: HomeFacts, current: Current): Promise<Check> {
  const info = await readInfo(where);
  switch (info.state) {
    case 'absent':
      return ok('there is no upgrade-info.json: this node has halted for no upgrade');
    case 'unreadable':
      if (await isForbidden(where)) {
        return warning('upgrade-info.json may not be read', {
          do: 'run this as root, or as the user of the node',
          where,
        });
      }
      return error('upgrade-info.json cannot be read: most nodes panic at their start over it', {
        why: info.error.message,
        do: `write into it the line of this chain's last upgrade, {"name":"<name>","height":<height>}, or move it away where there was none`,
        where,
      });
    case 'plan': {
      const own = current.state === 'linked' ? current.plan : undefined;
      const isMade = own?.name === info.plan.name && own.height === info.plan.height;
      const isPast = (height ?? 0) > info.plan.height;
      const state = isMade ? 'which current is for' : isPast ? 'which is passed' : 'which is still to be made';
      return ok(`upgrade-info.json names ${planText(info.plan)}, ${state}`, { where });
    }
  }
}

function ofJournal({ layout: { journal: where }, journal }: HomeFacts): Check {
  if (journal.trouble === undefined) return ok('the journal can be read');
  return warning('what is on record of this home is not whole: chainvisor goes by what is on disk', {
    why: journal.trouble,
    do: 'give the user of the node access to it; where it was removed or damaged, put it back from a backup of the machine',
    where,
  });
}

async function ofRestore({ layout: { data } }: HomeFacts): Promise<Check[]> {
  const { unfinishedRestore } = await import('@chainvisor/backup');
  return (await unfinishedRestore(data).catch(() => [])).map((where) =>
    warning('a restore of a backup is under way, or was cut short', {
      do: 'wait for its end; where nobody is at it any more, the next start ends it',
      where,
    }),
  );
}
