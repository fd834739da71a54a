/** One setting of a TOML file: its table (empty for the top), its key and its new value, written as TOML. */
export interface TomlSetting {
  readonly table: string;
  readonly key: string;
  readonly value: string;
}

/**
 * Replaces values in the configuration files that a node writes, comments and order left alone. Throws where a setting does not occur exactly once:
 * a renamed key would otherwise go unnoticed and the node would use its default.
 */
export function setToml(text: string, settings: readonly TomlSetting[]): string {
  const lines = text.split('\n');
  for (const { table, key, value } of settings) {
    let current = '';
    let found = 0;
    for (const [index, line] of lines.entries()) {
      const header = /^\[([^[\]]+)\]\s*$/u.exec(line);
      if (header?.[1] !== undefined) current = header[1];
      if (current !== table || !new RegExp(`^${key}\\s*=`, 'u').test(line)) continue;
      lines[index] = `${key} = ${value}`;
      found += 1;
    }
    if (found !== 1)
      throw new Error(`${key} occurs ${found} times in ${table === '' ? 'the top level' : `[${table}]`}`);
  }
  return lines.join('\n');
}
