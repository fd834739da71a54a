import { plan, V1, V2, V3, names, linked, runnable, missing, alive, ended, facts, withV2 } from './facts.js';
import {
  type Row,
  run,
  watch,
  end,
  byHeight,
  byEnd,
  upgrade,
  binaryMissing,
  onV1,
  onV2,
  manualV2,
  manualV3,
  pending,
  passed,
  changedUnder,
} from './rows.js';

// prettier-ignore
export const due: readonly Row[] = [
  ['proof (a): the status of a live child', withV2({ child: alive({ liveHeight: 100 }) }), 'due', upgrade(byHeight('status', 100))],
  ['proof (a): the last status of a child that ended', withV2({ child: ended({ liveHeight: 100 }) }), 'due', upgrade(byHeight('status', 100))],
  ['proof (a): the height last recorded', withV2({ heights: { recorded: 100 } }), 'due', upgrade(byHeight('recorded', 100))],
  ['proof (a): the consensus WAL', withV2({ heights: { wal: 100 } }), 'due', upgrade(byHeight('wal', 100))],
  ['proof (a): the validator state', withV2({ heights: { validator: 100 } }), 'due', upgrade(byHeight('validator', 100))],
  ['proof (a): one source suffices though others are behind', withV2({ heights: { recorded: 97, wal: 99, validator: 101 } }), 'due', upgrade(byHeight('validator', 101))],
  ['proof (b): the file changed under a child that ended by itself and never answered', withV2({ child: ended(changedUnder) }), 'due', upgrade(byEnd(undefined))],
  ['proof (b): the file changed under a child that ended by itself one block before', withV2({ child: ended({ fileChanged: true, liveHeight: 99 }) }), 'due', upgrade(byEnd(99))],
  ['proof (b): a second try is as good as the first', withV2({ child: ended({ fileChanged: true, relaunched: true }) }), 'due', upgrade(byEnd(undefined))],
  ['proof (c): the file changed and settled under a child that never answered', withV2({ child: alive({ fileChanged: true, settled: true }) }), 'due', upgrade({ by: 'settled' })],
  ['the same name at a greater height is another upgrade', withV2({ current: linked('upgrades/v2', plan('v2', 60)), heights: { wal: 100 } }), 'due', upgrade(byHeight('wal', 100))],
  ['another name at the same height is another upgrade', withV2({ current: linked('upgrades/v2-rc1', plan('v2-rc1', 100)), heights: { wal: 100 } }), 'due', upgrade(byHeight('wal', 100))],
  ['a proven upgrade follows the one that current is for', withV2({ current: onV1, heights: { wal: 100 } }), 'due', upgrade(byHeight('wal', 100))],
  ['a proven upgrade comes before a manual one', withV2({ heights: { wal: 100 }, manual: [{ plan: plan('m', 90), staged: runnable('upgrades/m') }] }), 'due', upgrade(byHeight('wal', 100))],
];

// prettier-ignore
export const notProven: readonly Row[] = [
  ['an early file is not switched to at start', withV2(), 'unproven', run, ['info unproven']],
  ['proof (a): the validator state, where the node does not answer RPC', withV2({ child: alive(), heights: { validator: 100 } }), 'due', upgrade(byHeight('validator', 100))],
  ['a validator that votes on the height while its node says that it is not there yet is left to halt by itself', withV2({ child: alive({ liveHeight: 99 }), heights: { validator: 100 } }), 'unproven', watch, ['info unproven']],
  ['proof (a): the consensus log, where the node has fallen silent since', withV2({ child: alive({ liveHeight: 99, settled: true }), heights: { wal: 100 } }), 'due', upgrade(byHeight('wal', 100))],
  ['no proof: the validator state, which may be of other data, where the node has told less and fallen silent', withV2({ child: alive({ liveHeight: 60, settled: true }), heights: { validator: 500, recorded: 500 } }), 'unproven', watch, ['info unproven']],
  ['a height on record, or of a validator state that was kept, does not count against a live node that is below', withV2({ child: alive({ liveHeight: 42 }), heights: { recorded: 5000, wal: 5000, validator: 5000 } }), 'unproven', watch, ['info unproven']],
  ['proof (a): the validator state of a node that ended', withV2({ child: ended({ liveHeight: 90, fileChanged: false }), heights: { validator: 100 } }), 'due', upgrade(byHeight('validator', 100))],
  ['sources below the height prove nothing, not even one block before', withV2({ heights: { recorded: 99, wal: 99, validator: 99 } }), 'unproven', run, ['info unproven']],
  ['a live node above the height is left alone where no binary is there', withV2({ staged: missing('upgrades/v2'), child: alive({ liveHeight: 101, fileChanged: true }) }), 'nothing-new', watch, ['warning passed']],
  ['a live node above the height is upgraded where the binary is there', withV2({ child: alive({ liveHeight: 101, fileChanged: true }) }), 'due', upgrade(byHeight('status', 101))],
  ['proof (c): the node fell silent one block before, and the file settled', withV2({ child: alive({ fileChanged: true, liveHeight: 99, settled: true }) }), 'due', upgrade({ by: 'settled' })],
  ['no proof (a): a live child below the height', withV2({ child: alive({ fileChanged: true, liveHeight: 99 }) }), 'unproven', watch, ['info unproven']],
  ['no proof (b): the file is older than the child that ended', withV2({ child: ended() }), 'unproven', end, ['info unproven']],
  ['no proof (b): the child was last seen two blocks before, so it is tried once more', withV2({ child: ended({ fileChanged: true, liveHeight: 98 }) }), 'unproven', run, ['info unproven']],
  ['no proof (b): the second try too was last seen two blocks before, and there is no third', withV2({ child: ended({ fileChanged: true, liveHeight: 98, relaunched: true }) }), 'unproven', end, ['info unproven']],
  ['no proof (b) while the child is alive', withV2({ child: alive(changedUnder) }), 'unproven', watch, ['info unproven']],
  ['no proof (c): the file has not settled', withV2({ child: alive({ fileChanged: true, settled: false }) }), 'unproven', watch, ['info unproven']],
  ["no proof (c): another chain's node answers, and the file is older than our child", withV2({ child: alive({ fileChanged: false, settled: true }) }), 'unproven', watch, ['info unproven']],
  ['no proof (c): the node fell silent long before', withV2({ child: alive({ fileChanged: true, liveHeight: 12, settled: true }) }), 'unproven', watch, ['info unproven']],
];

// prettier-ignore
export const bringing: readonly Row[] = [
  ['a missing binary is downloaded where that is allowed', withV2({ staged: missing('upgrades/v2'), downloadAllowed: true, heights: { wal: 100 } }), 'due', upgrade(byHeight('wal', 100), V2, 'download')],
  ['a missing binary is downloaded where a script might bring it too', withV2({ staged: missing('upgrades/v2'), downloadAllowed: true, scriptMayBring: true, heights: { wal: 100 } }), 'due', upgrade(byHeight('wal', 100), V2, 'download')],
  ["a missing binary is left to the operator's script where nothing is downloaded", withV2({ staged: missing('upgrades/v2'), scriptMayBring: true, heights: { wal: 100 } }), 'due', upgrade(byHeight('wal', 100), V2, 'script')],
  ['a staged binary is taken though downloads are allowed', withV2({ downloadAllowed: true, scriptMayBring: true, heights: { wal: 100 } }), 'due', upgrade(byHeight('wal', 100))],
  ['a binary that cannot run is as good as missing', withV2({ staged: { state: 'not-runnable', target: 'upgrades/v2', detail: 'not executable' }, heights: { wal: 100 } }), 'due-binary-missing', binaryMissing(V2, 'upgrades/v2', 'not executable')],
  ['a missing binary is refused at start', withV2({ staged: missing('upgrades/v2'), heights: { wal: 100 } }), 'due-binary-missing', binaryMissing()],
  ['a missing binary stops the child that has halted for it', withV2({ staged: missing('upgrades/v2'), child: alive({ liveHeight: 100 }) }), 'due-binary-missing', binaryMissing()],
  ['a missing binary is no matter before the height', withV2({ staged: missing('upgrades/v2'), heights: { wal: 99 } }), 'unproven', run, ['info unproven']],
  ['a name that gives no directory is refused, whatever may be brought', facts({ file: names(plan('..', 100)), downloadAllowed: true, scriptMayBring: true, heights: { wal: 100 } }), 'due-binary-missing', binaryMissing(plan('..', 100), '', 'the name of the plan gives no directory')],
];

// prettier-ignore
export const manual: readonly Row[] = [
  ['a manual upgrade is not proven by a file that changed under a silent child: that is of another plan', facts({ file: names(plan('v1', 50)), current: linked('genesis', plan('v1', 50)), manual: [manualV2], heights: { validator: 100 }, child: alive({ fileChanged: true, liveHeight: 99, settled: true }) }), 'nothing-new', watch],
  ['a pending manual upgrade asks for an exact halt', facts({ manual: [manualV2, manualV3] }), 'manual-pending', pending()],
  ['a pending manual upgrade asks for an exact halt one block before too', facts({ manual: [manualV2], heights: { recorded: 99 } }), 'manual-pending', pending()],
  ['a pending manual upgrade asks for an exact halt over an unproven file', withV2({ file: names(V3), staged: runnable('upgrades/v3'), manual: [manualV2] }), 'manual-pending', pending(), ['info unproven']],
  ['a pending manual upgrade asks for an exact halt when the child is tried once more', withV2({ file: names(V3), manual: [manualV2], child: ended({ fileChanged: true, liveHeight: 60 }) }), 'manual-pending', pending(), ['info unproven']],
  ['a pending manual upgrade leaves a live child alone', facts({ manual: [manualV2], child: alive({ liveHeight: 99 }) }), 'nothing-new', watch],
  ['a pending manual upgrade passes an ending on', facts({ manual: [manualV2], child: ended({ liveHeight: 98 }) }), 'nothing-new', end],
  ['a manual upgrade that is reached is made without starting the old binary', facts({ manual: [manualV2], heights: { validator: 100 } }), 'manual-due', upgrade(byHeight('validator', 100))],
  ['a manual upgrade that is reached is made under a live child', facts({ manual: [manualV2], child: alive({ liveHeight: 100 }) }), 'manual-due', upgrade(byHeight('status', 100))],
  ['a manual upgrade that is reached is made after an ending', facts({ manual: [manualV2], child: ended({ liveHeight: 100 }) }), 'manual-due', upgrade(byHeight('status', 100))],
  ['a manual upgrade that is reached is made over a skipped file', withV2({ file: names(V1), skipHeights: [50], manual: [manualV2], heights: { wal: 100 } }), 'manual-due', upgrade(byHeight('wal', 100)), ['info skipped']],
  ['a manual upgrade is not reached by a child that ended over a file of another plan', withV2({ file: names(V3), manual: [manualV2], child: ended({ fileChanged: true, liveHeight: 99 }) }), 'manual-pending', pending(), ['info unproven']],
  ['a manual upgrade is not reached by a file that settled under a child that never answered', facts({ manual: [manualV2], heights: { wal: 99 }, child: alive({ fileChanged: true, settled: true }) }), 'nothing-new', watch],
  ['a manual upgrade that is reached without a binary is refused', facts({ manual: [{ plan: V2, staged: missing('upgrades/v2') }], heights: { wal: 100 } }), 'manual-due', binaryMissing()],
  ['a manual upgrade that is passed is refused at start', facts({ manual: [manualV2], heights: { wal: 101 } }), 'manual-passed', passed(101)],
  ['a manual upgrade that is passed is refused after an ending', facts({ manual: [manualV2], child: ended({ liveHeight: 101 }) }), 'manual-passed', passed(101)],
  ['a child that makes blocks past a manual upgrade is left alone with a warning', facts({ manual: [manualV2], child: alive({ liveHeight: 101 }) }), 'manual-passed', watch, ['warning manual-passed']],
  ['a manual upgrade that current is for already calls for nothing', facts({ current: onV2, manual: [manualV2], heights: { wal: 150 } }), 'nothing-new', run],
  ['a manual upgrade that current is for already makes way for the next', facts({ current: onV2, manual: [manualV2, manualV3], heights: { wal: 150 } }), 'manual-pending', pending(V3)],
  ['a manual upgrade older than what current is for calls for nothing', facts({ current: linked('upgrades/v3', V3), manual: [manualV2], heights: { wal: 300 } }), 'nothing-new', run],
  ['a manual upgrade of another name at the height of current is due', facts({ current: onV1, manual: [{ plan: plan('fix', 50), staged: runnable('upgrades/fix') }], heights: { wal: 50 } }), 'manual-due', upgrade(byHeight('wal', 50), plan('fix', 50))],
  ['a manual upgrade whose height is to be skipped calls for nothing', facts({ skipHeights: [100], manual: [manualV2], heights: { wal: 100 } }), 'nothing-new', run],
];
