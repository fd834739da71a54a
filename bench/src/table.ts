import { ratioTo, type Sample, summarise } from './statistics.ts';

/** One contender's series within a figure. */
export interface Row {
  readonly label: string;
  /** What the others are compared with: the least that can do it, bare Node, or both in one. */
  readonly role?: 'floor' | 'node' | 'both' | undefined;
  /** By round; the same index is the same round in every row of a figure. */
  readonly samples: readonly Sample[];
  /** Said beside the numbers, in place of them, or of the rounds that are missing. */
  readonly note?: string | undefined;
}

/** Something measured of several contenders in the same rounds. */
export interface Figure {
  readonly title: string;
  readonly unit: 'ms' | '% of a core' | 'MiB';
  readonly rows: readonly Row[];
}

const head = ['figure', 'of', 'n', 'best', 'median', 'p90', 'worst', '× floor', '× bare Node', ''];

/** All figures as one Markdown table. */
export function tableOf(figures: readonly Figure[]): string {
  const lines = [
    head,
    head.map((_, column) => (column < 2 || column === head.length - 1 ? '---' : '---:')),
    ...figures.flatMap(linesOf),
  ];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function linesOf(figure: Figure): string[][] {
  const base = (role: 'floor' | 'node') => figure.rows.find((row) => row.role === role || row.role === 'both')?.samples;
  return figure.rows.map((row, index) => {
    const summary = summarise(row.samples);
    const numbers = [summary?.best, summary?.median, summary?.p90, summary?.worst].map(numberText);
    const ratios = [base('floor'), base('node')].map((samples) =>
      numberText(samples === undefined ? undefined : ratioTo(samples, row.samples)),
    );
    const title = index === 0 ? `${figure.title}, ${figure.unit}` : '';
    return [title, row.label, String(summary?.count ?? '—'), ...numbers, ...ratios, row.note ?? ''];
  });
}

/** Three significant digits, and no more decimals than a figure can mean. */
function numberText(value: number | undefined): string {
  if (value === undefined) return '—';
  if (value >= 100) return value.toFixed(0);
  if (value >= 10) return value.toFixed(1);
  return value >= 1 ? value.toFixed(2) : value.toFixed(3);
}
