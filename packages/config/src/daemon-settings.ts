import { invalidValue } from './errors.js';
import { bool, duration, integer } from './number-settings.js';
import { path, text } from './text-settings.js';

function checkName(value: string): void {
  const fix = 'set the bare file name of the binary, such as gaiad';
  if (value.includes('/')) throw invalidValue('is a path, not a file name', fix);
  if (value === '.' || value === '..') throw invalidValue('is a directory, not a file name', fix);
}

/**
 * The `DAEMON_*` variables (and `UNSAFE_SKIP_BACKUP`) of cosmovisor 1.7, in the order in which its `init` writes them,
 * with the defaults that it applies to the environment; they hold for a config.toml too.
 */
export const daemonSettings = {
  daemonHome: path({ env: 'DAEMON_HOME', required: true, help: "The node's home directory, absolute." }),
  daemonName: text({
    env: 'DAEMON_NAME',
    required: true,
    expects: 'the file name of the binary, such as gaiad',
    help: "The binary's file name.",
    check: checkName,
  }),
  allowDownloadBinaries: bool({
    env: 'DAEMON_ALLOW_DOWNLOAD_BINARIES',
    fallback: false,
    help: 'Download a binary that is not staged when its upgrade is due.',
  }),
  downloadMustHaveChecksum: bool({
    env: 'DAEMON_DOWNLOAD_MUST_HAVE_CHECKSUM',
    fallback: false,
    help: 'Refuse a download whose URL names no checksum.',
  }),
  restartAfterUpgrade: bool({
    env: 'DAEMON_RESTART_AFTER_UPGRADE',
    fallback: true,
    help: 'Start the new binary after an upgrade; otherwise exit with code 0.',
  }),
  restartDelay: duration({
    env: 'DAEMON_RESTART_DELAY',
    fallback: 0,
    zero: 'allowed',
    help: 'Wait between the stop of the old binary and the rest of the upgrade; 0 is none.',
  }),
  /**
   * Zero is what cosmovisor's `init` writes for "not set", so it stands for the default here and never for a kill
   * without grace.
   */
  shutdownGrace: duration({
    env: 'DAEMON_SHUTDOWN_GRACE',
    fallback: 60_000,
    zero: 'unset',
    help: 'How long the node may take to stop before it is killed; 0 is the default.',
  }),
  pollInterval: duration({
    env: 'DAEMON_POLL_INTERVAL',
    fallback: 300,
    zero: 'refused',
    help: 'How often the upgrade-info file is looked at.',
  }),
  skipBackup: bool({
    env: 'UNSAFE_SKIP_BACKUP',
    fallback: false,
    help: 'Upgrade without a backup of the data directory.',
  }),
  /** `undefined` where not set: the home directory is meant. */
  dataBackupDir: path({ env: 'DAEMON_DATA_BACKUP_DIR', help: 'Where backups go, absolute; not set: DAEMON_HOME.' }),
  preupgradeMaxRetries: integer({
    env: 'DAEMON_PREUPGRADE_MAX_RETRIES',
    fallback: 0,
    help: 'How often pre-upgrade is run again after it ends with code 31.',
  }),
  grpcAddress: text({
    env: 'DAEMON_GRPC_ADDRESS',
    fallback: 'localhost:9090',
    expects: 'an address such as localhost:9090',
    help: "The node's gRPC address.",
  }),
  /** In KiB. Sized the log scanner of cosmovisor before 1.0; many guides still set it. Changes nothing. */
  logBufferSize: integer({
    env: 'DAEMON_LOG_BUFFER_SIZE',
    noEffect: true,
    help: 'Without effect: sized the log reader of cosmovisor before 1.0.',
  }),
};
