import { quote } from './quote.js';

/** Where a value comes from. `key` is spelled as the file spells it. */
export type Source =
  | { readonly from: 'default' }
  | { readonly from: 'environment'; readonly variable: string }
  | { readonly from: 'file'; readonly path: string; readonly key: string };

/** `default`, `environment` or `"<path>" (key <key>)`, for one line of text. */
export function describeSource(source: Source): string {
  switch (source.from) {
    case 'default':
      return 'default';
    case 'environment':
      return 'environment';
    case 'file':
      return `${quote(source.path)} (key ${source.key})`;
  }
}
