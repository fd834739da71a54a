import { readValidatorAddress, readValidatorState, validatorStateFile } from '@chainvisor/chain';
import { stat } from 'node:fs/promises';
import { describeState, isEarlier } from '../supervise/validator-state.js';
import { isForbidden } from './account.js';
import { type Check, checker } from './check.js';
import type { Facts, HomeFacts } from './facts.js';
import { livingNodes } from './processes.js';

const { ok, note, warning, error } = checker('validator');

/** What may make the validator sign twice: an old state, another node on this home, or one with the same key. */
export async function validator({ home }: Facts): Promise<readonly Check[]> {
  if (home === undefined) return [];
  const key = await readValidatorAddress(home.layout.home);
  return [await ofState(home, key), ...ofStranger(home), ...(await ofKey(home, key))];
}

async function ofState({ layout, journal: { history } }: HomeFacts, key: string | undefined): Promise<Check> {
  const where = await validatorStateFile(layout.home);
  const [state, recorded] = [await readValidatorState(where), history.validator];
  if (state === undefined) {
    if (await isForbidden(where)) {
      return warning('what the validator has signed last may not be read', {
        do: 'run this as root, or as the user of the node',
        where,
      });
    }
    const last = recorded === undefined ? 'nothing is on record' : `on record is ${describeState(recorded)}`;
    // With a remote signer neither is there.
    return (key === undefined && recorded === undefined ? note : error)(
      'nothing says what the validator has signed last',
      {
        why: `the file is missing or cannot be read; ${last}`,
        do: 'put the newest one back: never one with less than was signed',
        where,
      },
    );
  }
  // Of a validator that signs, file and journal are read at two moments.
  const again = recorded !== undefined && isEarlier(state, recorded) ? await readValidatorState(where) : state;
  if (recorded !== undefined && again !== undefined && isEarlier(again, recorded)) {
    return error('the validator state is older than what this validator has signed', {
      why: `it says ${describeState(again)}; on record is ${describeState(recorded)}: to sign from there again may be to sign twice`,
      do: `put the newest one back; only where this key has certainly signed nothing above height ${again.height}: chainvisor accept-validator-state --height ${again.height}`,
      where,
    });
  }
  return ok(`the validator state is not behind what is on record: ${describeState(state)}`);
}

function ofStranger({ layout, alive: { node, isSupervised, supervisor } }: HomeFacts): Check[] {
  if (node === undefined) return [];
  const who = node.pid === undefined ? 'something that cannot be seen from here' : `process ${node.pid}`;
  if (isSupervised) return supervisor === undefined ? [orphan(who, node.command)] : [];
  return [
    error(`${who} has the databases of this home open, and no chainvisor has started it`, {
      why: `${node.command}: no upgrade of it is made, and a start of chainvisor is refused`,
      do: 'stop it, and what starts it (a unit, cosmovisor), before chainvisor is started',
      where: layout.data,
    }),
  ];
}

function orphan(who: string, command: string): Check {
  return note(`${who} runs on this home, and no supervisor is to be seen`, {
    why: `${command}: its supervisor was killed, or runs where it cannot be seen from here`,
    do: 'start chainvisor: it stops what one before it has left, and goes on',
  });
}

async function identityOf(path: string): Promise<string | undefined> {
  return stat(path).then(
    ({ dev, ino }) => `${dev}:${ino}`,
    () => undefined,
  );
}

/** Nodes of other homes on this machine that sign with the same key. */
async function ofKey({ layout }: HomeFacts, key: string | undefined): Promise<Check[]> {
  if (key === undefined) return [];
  const own = await identityOf(layout.home);
  const checks: Check[] = [];
  for (const { pid, home } of livingNodes()) {
    // As that process sees it: in a container the same path is another home, or the same home has another path.
    const inside = `/proc/${pid}/root${home}`;
    if ((await identityOf(inside)) === own || (await readValidatorAddress(inside)) !== key) continue;
    checks.push(
      error(`process ${pid} runs on ${home} with this validator's key`, {
        why: `both sign as ${key}: the chain punishes that for good`,
        do: 'stop one of them now, and remove config/priv_validator_key.json there',
        where: home,
      }),
    );
  }
  return checks.length > 0 ? checks : [ok('no other node that can be seen here signs with this key')];
}
