import type { Finding } from '@chainvisor/systemd';
import type { Service } from '@chainvisor/systemd-host';

/** What is wrong with the environment files of a service, which its unit alone does not show. */
export function environmentFindings({ name, environment, files }: Service): readonly Finding[] {
  const { missing, problems, unreadable } = environment;
  const inFiles = problems.filter(({ file }) => file !== undefined && !files.some(({ path }) => path === file));
  return [
    // Those of a template have their names with an instance.
    ...(name.includes('@.') ? [] : missing).map((path) => ({
      ...base,
      code: 'ENV_FILE_MISSING',
      level: 'error' as const,
      file: path,
      what: 'the environment file is not there',
      why: 'systemd does not start the service without it',
      mend: `write it (\`chainvisor systemd install\` does), or put a - before its path in EnvironmentFile=`,
    })),
    ...inFiles.map(({ file, line, text, what }) => ({
      ...base,
      code: 'ENV_FILE_LINE',
      level: 'warning' as const,
      file,
      line,
      what: `${what}: ${text}`,
      why: 'the variable is not set, whatever the line was meant to say',
      mend: 'write NAME=value, without export and without $HOME',
    })),
    ...unreadable.map((path) => ({
      ...base,
      code: 'ENV_FILE_UNREADABLE',
      level: 'note' as const,
      file: path,
      what: 'this user may not read the environment file',
      why: 'what is wrong with the variables of the service cannot be told',
      mend: 'run this as root',
    })),
  ];
}

const base = { line: undefined, edits: [] };
