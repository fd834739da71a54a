import { stringify } from 'smol-toml';

/** A TOML string; single quotes where the text allows it, as go-toml writes it. */
export function tomlText(text: string): string {
  if (!/['\p{Cc}]/u.test(text)) return `'${text}'`;
  return stringify({ v: text }).trim().slice('v = '.length);
}
