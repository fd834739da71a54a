import { CliError } from '../errors.js';

/** The value of `--height`. Throws CliError `usage` for what is no height of a block. */
export function heightOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const height = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(height) && height > 0) return height;
  throw new CliError('usage', `--height ${JSON.stringify(text)} is not the height of a block`, {
    hint: 'give a whole number above 0',
  });
}
