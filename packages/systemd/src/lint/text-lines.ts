import { LINE_END } from '../parse/lines.js';

/** A line of a text, and what ends it: nothing where the text just stops. */
export interface TextLine {
  readonly text: string;
  readonly end: string;
}

/** The lines of a text, as systemd counts them. */
export function textLines(text: string): readonly TextLine[] {
  const parts = text.split(new RegExp(`(${LINE_END.source})`));
  const lines: TextLine[] = [];
  for (let at = 0; at < parts.length; at += 2) lines.push({ text: parts[at] ?? '', end: parts[at + 1] ?? '' });
  if (lines.at(-1)?.text === '') lines.pop();
  return lines;
}

/** New lines that end as the others of the text do. */
export function likeThose(lines: readonly TextLine[], texts: readonly string[]): readonly TextLine[] {
  const end = lines.find((line) => line.end !== '')?.end ?? '\n';
  return texts.map((text) => ({ text, end }));
}

/** The text of lines. */
export function joined(lines: readonly TextLine[]): string {
  return lines.map(({ text, end }) => text + end).join('');
}
