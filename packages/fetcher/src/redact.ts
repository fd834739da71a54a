/** Query parameters that say which file is meant. Any other may be a token or a signature, under whatever name. */
const HARMLESS = new Set(['checksum', 'archive', 'version', 'tag', 'ref', 'os', 'arch', 'platform']);

/**
 * A URL as it may be shown: without user and password, with `***` for the value of every query parameter that is not
 * known to be harmless, without the fragment. Takes anything, and hides too much rather than too little of what is no URL.
 */
export function redactUrl(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null || !/^(?:https?|ftp):$/.test(parsed.protocol)) return redactText(url);
  // What the parser takes for credentials is what would be sent, however it was spelled.
  const login = parsed.username === '' && parsed.password === '' ? '' : '***@';
  // An unescaped slash ends a password early: the rest of it is a path then, up to the @.
  const path = parsed.pathname.replace(/^\/.*@/, '/***@');
  return `${parsed.protocol}//${login}${parsed.host}${path}${redactQuery(parsed.search)}`;
}

/** Of what is no address of a server. */
function redactText(text: string): string {
  const [, address = '', query = ''] = /^([^?#]*)(\?[^#]*)?/s.exec(text) ?? [];
  const at = text.lastIndexOf('@');
  if (at === -1) return address + redactQuery(query);
  // A password may hold any character, these too.
  if (at > address.length) return '***';
  const [scheme = ''] = /^(?:[a-z\d]+::)?[a-z][a-z\d+.-]*:\/\//i.exec(text) ?? [];
  return `${scheme}***${address.slice(at)}${redactQuery(query)}`;
}

function redactQuery(search: string): string {
  return search.slice(0, 1) + search.slice(1).split('&').map(redactParameter).join('&');
}

function redactParameter(parameter: string): string {
  const [, name = '', value = ''] = /^([^=]*)=(.*)$/s.exec(parameter) ?? [];
  // A value alone, as some signed links have it; Base64 may end in =.
  if (/^=*$/.test(value)) return parameter === '' ? '' : '***';
  return `${name}=${HARMLESS.has(name.toLowerCase()) ? redactNested(value) : '***'}`;
}

/** The value of `checksum` may be a URL of its own. */
function redactNested(value: string): string {
  let plain: string;
  try {
    plain = decodeURIComponent(value);
  } catch {
    return '***';
  }
  if (/^(?:[a-z\d]+:)?[\w.+/ -]*$/i.test(plain)) return value;
  const [, prefix = '', rest = ''] = /^(file:)?(.*)$/is.exec(plain) ?? [];
  return prefix + redactUrl(rest);
}
