import { renderServiceDropIn, renderServiceUnit, type UnitText, withSpecifiers } from '@chainvisor/systemd';
import { environmentPath, type InstallFile, type NodeAccount, unitFile } from '@chainvisor/systemd-host';
import type { RunSettings } from '../settings.js';
import { hopeless, stopped } from './hopeless.js';

/** What a node's service is made of. */
export interface NodeService {
  /** Without its type: `palomad`. */
  readonly name: string;
  /** Whether it is an instance of `chainvisor@.service`. */
  readonly template: boolean;
  readonly account: NodeAccount;
  readonly settings: RunSettings;
  /** Our program, and the arguments of the node. */
  readonly exec: readonly string[];
  readonly args: readonly string[];
  readonly writable: readonly string[] | undefined;
  /** Whether systemd-notify is there. */
  readonly notify: boolean;
}

/** Who writes these files. */
const program = 'chainvisor';

/** The unit that is started, stopped and enabled. */
export function unitNameOf({ name, template }: Pick<NodeService, 'name' | 'template'>): string {
  return template ? `chainvisor@${name}.service` : `${name}.service`;
}

/** The files of a node's service, but for its environment. Throws SystemdError for what no unit can carry. */
export function unitFiles(service: NodeService): readonly InstallFile[] {
  const { template, account, settings, writable } = service;
  const own = { writable, graceMs: settings.shutdownGrace, restart: restartOf(settings) } as const;
  const unit = unitFile(
    program,
    `${template ? 'chainvisor@' : service.name}.service`,
    renderServiceUnit({
      kind: 'supervisor',
      description: template ? withSpecifiers('%i under chainvisor') : `${settings.daemonName} under chainvisor`,
      exec: commandOf(service),
      environmentFiles: [template ? withSpecifiers(environmentPath('%i')) : environmentPath(service.name)],
      notify: service.notify,
      preventRestart: hopeless,
      success: stopped,
      ...(template ? { ...shared, user: undefined } : { ...own, user: account.name }),
    }),
  );
  if (!template) return [unit];
  const dropIn = `${unitNameOf(service)}.d/10-chainvisor.conf`;
  return [unit, unitFile(program, dropIn, renderServiceDropIn({ ...own, user: account.name }))];
}

/** What a template has until an instance says otherwise. */
const shared = { writable: [], graceMs: 0, restart: 'always' } as const;

/** After an upgrade we end with 0 where the operator wants to start the new binary: `always` would start it at once. */
function restartOf({ restartAfterUpgrade }: RunSettings): 'always' | 'on-failure' {
  return restartAfterUpgrade ? 'always' : 'on-failure';
}

function commandOf({ exec: [first = '', ...more], args }: NodeService): readonly [UnitText, ...UnitText[]] {
  return [first, ...more, 'run', ...args];
}
