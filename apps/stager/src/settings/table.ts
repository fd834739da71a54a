import {
  bool,
  cosmovisorSettings,
  daemonSettings,
  duration,
  integer,
  invalidValue,
  list,
  text,
  type ValuesOf,
} from '@chainvisor/config';
import { isAbsolute } from 'node:path';
import { fillAddress, templateProblem, templateValues } from '../sources/template.js';
import { utcDate } from './utc-date.js';

/**
 * Every setting. Keys of config.toml may stand in a table, as in `release.repository`. A flag of the command line wins over
 * the environment, and that over the file.
 */
export const settingsTable = {
  home: daemonSettings.daemonHome,
  daemon: daemonSettings.daemonName,
  disableRecase: cosmovisorSettings.disableRecase,
  rpcAddress: text({
    env: 'CHAINVISOR_STAGER_RPC_ADDRESS',
    key: 'rpc_address',
    expects: 'an address such as tcp://127.0.0.1:26657',
    help: "The node's RPC address; not set: that of its config.toml. Whoever answers at one that is set is believed.",
  }),
  rpcTimeout: duration({
    env: 'CHAINVISOR_STAGER_RPC_TIMEOUT',
    key: 'rpc_timeout',
    fallback: 10_000,
    zero: 'refused',
    help: 'How long the node may take to answer.',
  }),
  requireChecksum: bool({
    env: 'CHAINVISOR_STAGER_REQUIRE_CHECKSUM',
    key: 'require_checksum',
    fallback: true,
    help: 'Take nothing for which no checksum is published.',
  }),
  allowWeakChecksum: bool({
    env: 'CHAINVISOR_STAGER_ALLOW_WEAK_CHECKSUM',
    key: 'allow_weak_checksum',
    fallback: false,
    help: 'Let md5 and sha1 count as checksums.',
  }),
  requireVersion: bool({
    env: 'CHAINVISOR_STAGER_REQUIRE_VERSION',
    key: 'require_version',
    fallback: false,
    help: 'Refuse a binary that tells another version than the name of the plan.',
  }),
  versionTimeout: duration({
    env: 'CHAINVISOR_STAGER_VERSION_TIMEOUT',
    key: 'version_timeout',
    fallback: 30_000,
    zero: 'refused',
    help: 'How long `<daemon> version` may take.',
  }),
  downloadTime: duration({
    env: 'CHAINVISOR_STAGER_DOWNLOAD_TIME',
    key: 'download_time',
    fallback: 1_800_000,
    zero: 'refused',
    help: 'How long one try of a download may take.',
  }),
  attempts: integer({
    env: 'CHAINVISOR_STAGER_ATTEMPTS',
    key: 'attempts',
    fallback: 5,
    min: 1,
    max: 100,
    help: 'How often a download is tried within one run.',
  }),
  keep: integer({
    env: 'CHAINVISOR_STAGER_KEEP',
    key: 'keep',
    fallback: 2,
    help: 'How many upgrades before the current one `prune` keeps.',
  }),
  fromPlanInfo: bool({
    env: 'CHAINVISOR_STAGER_SOURCES_PLAN_INFO',
    key: 'sources.plan_info',
    fallback: true,
    help: "Use what the plan's info on chain names.",
  }),
  fromTable: bool({
    env: 'CHAINVISOR_STAGER_SOURCES_TABLE',
    key: 'sources.table',
    fallback: true,
    help: 'Use the tables [upgrades."<name>"] of this file.',
  }),
  fromRelease: bool({
    env: 'CHAINVISOR_STAGER_SOURCES_RELEASE',
    key: 'sources.release',
    fallback: true,
    help: 'Use the release of the repository, where one is named.',
  }),
  fromTemplate: bool({
    env: 'CHAINVISOR_STAGER_SOURCES_TEMPLATE',
    key: 'sources.template',
    fallback: true,
    help: 'Use the address templates, where there are any.',
  }),
  repository: text({
    env: 'CHAINVISOR_STAGER_RELEASE_REPOSITORY',
    key: 'release.repository',
    expects: 'owner/name, such as palomachain/paloma',
    help: 'The repository whose releases hold the binaries.',
    check: (value) => {
      if (!/^[\w.-]+\/[\w.-]+$/.test(value)) throw invalidValue('is not owner/name');
    },
  }),
  releaseApi: text({
    env: 'CHAINVISOR_STAGER_RELEASE_API',
    key: 'release.api',
    fallback: 'https://api.github.com',
    expects: 'an address such as https://api.github.com',
    help: 'The API that lists releases, of GitHub or one that answers alike.',
    check: checkAddress,
  }),
  asset: text({
    env: 'CHAINVISOR_STAGER_RELEASE_ASSET',
    key: 'release.asset',
    expects: 'a file name such as paloma_Linux_x86_64.tar.gz, where {name}, {os}, {arch} and {version} are filled in',
    help: 'The file of a release to take; not set: the one whose name fits.',
    check: checkTemplate,
  }),
  tokenFile: text({
    env: 'CHAINVISOR_STAGER_RELEASE_TOKEN_FILE',
    key: 'release.token_file',
    expects: 'an absolute path, such as /etc/chainvisor-stager/token',
    help: 'A file that holds a token for the release API. It is sent nowhere else.',
    check: (value) => {
      if (!isAbsolute(value)) throw invalidValue('is not an absolute path');
    },
  }),
  before: text({
    env: 'CHAINVISOR_STAGER_RELEASE_BEFORE',
    key: 'release.before',
    expects: 'a date such as 2026-11-30 or 2026-11-30T14:00Z',
    help: 'Only releases that were published before; UTC where no zone is named.',
    check: (value) => {
      if (utcDate(value) === undefined) throw invalidValue('is not a date');
    },
  }),
  templateUrls: list({
    env: 'CHAINVISOR_STAGER_TEMPLATE_URLS',
    key: 'template.urls',
    fallback: [],
    help: 'Where binaries lie by name of the plan: {name}, {os}, {arch} and {version} are filled in.',
    check: checkAddressTemplate,
  }),
  templateChecksum: text({
    env: 'CHAINVISOR_STAGER_TEMPLATE_CHECKSUM',
    key: 'template.checksum',
    expects: 'file: and the template of an address, such as file:https://host/{name}/checksums.txt',
    help: 'Where the checksums of those lie.',
    check: (value) => {
      if (!value.startsWith('file:')) throw invalidValue('does not begin with file:');
      checkAddressTemplate(value.slice('file:'.length));
    },
  }),
};

/** The settings that hold addresses, which may hold secrets. */
export const addressSettings: readonly (keyof typeof settingsTable)[] = [
  'rpcAddress',
  'releaseApi',
  'templateUrls',
  'templateChecksum',
];

/** The values. */
export type StagerSettings = ValuesOf<typeof settingsTable>;

/** Throws ConfigError for what is no complete http or https address. */
export function checkAddress(value: string): void {
  if (!/^https?:\/\/[^/]/i.test(value) || !URL.canParse(value)) {
    throw invalidValue('is no address that can be fetched', 'write a complete one, such as https://host/path');
  }
}

function checkTemplate(value: string): void {
  const problem = templateProblem(value);
  if (problem !== undefined)
    throw invalidValue(`is no template: ${problem}`, 'write {name}, {os}, {arch} or {version}');
}

function checkAddressTemplate(value: string): void {
  checkTemplate(value);
  checkAddress(fillAddress(value, templateValues('v1', 'linux/amd64')));
}
