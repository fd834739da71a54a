/**
 * Names that guides, forks, look-alikes and unreleased branches of cosmovisor use, and what became of each. No released
 * cosmovisor reads any of them.
 */
export const foreignNames: ReadonlyMap<string, string> = new Map([
  [
    'DAEMON_BACKUP_DATA_DIR',
    "is read by Provenance's cosmovisor only, as the directory to copy from; where backups go is DAEMON_DATA_BACKUP_DIR",
  ],
  [
    'DAEMON_DATA_DIR',
    'was proposed for cosmovisor and never released; the data directory is <home>/data, which may be a symbolic link',
  ],
  ['DAEMON_INFO', "is read by Provenance's cosmovisor only, to print build information; use the version command"],
  [
    'DAEMON_UPDATE_INFO_FILE',
    'existed in a development branch of cosmovisor only; the file is always <home>/data/upgrade-info.json',
  ],
  ['DAEMON_RPC_ADDRESS', 'belongs to an unreleased cosmovisor 2 and is not read'],
  ['COSMOVISOR_CUSTOM_ROOT', "is read by Omni's cosmovisor only; the root is always <home>/cosmovisor"],
  ['COSMOVISOR_CUSTOM_CURRENT_LINK', "is read by Omni's cosmovisor only; the link is always <home>/cosmovisor/current"],
  ['DAEMON_RESTART_ON_FAILURE', 'belongs to wemixvisor; leave restarts to systemd (Restart=on-failure)'],
  ['DAEMON_MAX_RESTARTS', 'belongs to wemixvisor; leave restarts to systemd (StartLimitBurst=)'],
  ['DAEMON_NETWORK', 'belongs to wemixvisor and is not read'],
  [
    'UNSAFE_SKIP_CHECKSUM',
    'belongs to wemixvisor and is not read; to insist on checksums set DAEMON_DOWNLOAD_MUST_HAVE_CHECKSUM=true',
  ],
]);

/** The same for keys of a config.toml that never had a variable. */
export const foreignKeys: ReadonlyMap<string, string> = new Map([
  ['max_restart_retries', 'belongs to an unreleased cosmovisor 2; leave restarts to systemd (Restart=, RestartSec=)'],
]);
