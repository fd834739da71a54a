import { bool } from './number-settings.js';
import { choice, text } from './text-settings.js';

/** The words that name a time format, as cosmovisor spells them. */
export const timeFormats = [
  'layout',
  'ansic',
  'unixdate',
  'rubydate',
  'rfc822',
  'rfc822z',
  'rfc850',
  'rfc1123',
  'rfc1123z',
  'rfc3339',
  'rfc3339nano',
  'kitchen',
] as const;

/** The `COSMOVISOR_*` variables of cosmovisor 1.7, in the order in which its `init` writes them, with its defaults. */
export const cosmovisorSettings = {
  disableLogs: bool({
    env: 'COSMOVISOR_DISABLE_LOGS',
    fallback: false,
    help: "Write no log lines of the supervisor's own.",
  }),
  colorLogs: bool({ env: 'COSMOVISOR_COLOR_LOGS', fallback: true, help: 'Colour log lines.' }),
  /** `''` where it was set to nothing: no time at all. Where it was not set, the source is `default`. */
  timeFormat: choice({
    env: 'COSMOVISOR_TIMEFORMAT_LOGS',
    choices: timeFormats,
    fallback: 'kitchen',
    allowEmpty: true,
    help: 'The time format of log lines; set but empty: no time.',
  }),
  customPreupgrade: text({
    env: 'COSMOVISOR_CUSTOM_PREUPGRADE',
    expects: 'the file name of a script in <home>/cosmovisor',
    help: 'A script in <home>/cosmovisor that runs before each upgrade.',
  }),
  disableRecase: bool({
    env: 'COSMOVISOR_DISABLE_RECASE',
    fallback: false,
    help: 'Keep the letter case of plan names in directory names.',
  }),
};
