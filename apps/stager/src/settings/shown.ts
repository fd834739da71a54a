import { redactUrl } from '@chainvisor/fetcher';

/**
 * An address, or a list or template of such, as it may be shown: as it was written, but for what may be secret in it. Takes
 * anything that stands where an address should.
 */
export function shownAddress(text: string): string {
  // Without one of these there is no password, token or signature in it.
  if (!/[@?#]/.test(text)) return text;
  const [, prefix = '', address = ''] = /^(file:(?=[a-z]+:))?(.*)$/is.exec(text) ?? [];
  return prefix + redactUrl(address).replaceAll(/%7B(\w+)%7D/gi, '{$1}');
}

/** The value of a setting that is no address: one may stand there by mistake. */
export function shownText(text: string): string {
  return text.includes('://') ? shownAddress(text) : text;
}

/** A text with values in quotes, as problems of settings are told. */
export function shownQuoted(text: string): string {
  return text.replaceAll(/"((?:[^"\\]|\\.)*)"/g, (_, inner: string) => `"${shownText(inner)}"`);
}
