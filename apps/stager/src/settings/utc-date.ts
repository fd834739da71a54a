/**
 * A date, with or without a time, as in `2026-11-30` and `2026-11-30T14:00:00+02:00`: in UTC where it names no zone, so that
 * it means the same under cron as in a shell. undefined for what is no date.
 */
export function utcDate(text: string): Date | undefined {
  const [, day, time = '00:00', zone = 'Z'] =
    /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(Z|[+-]\d{2}:\d{2})?)?$/i.exec(text) ?? [];
  // Date takes the 31st of February for the 3rd of March.
  const start = new Date(`${day ?? ''}T00:00Z`);
  if (Number.isNaN(start.getTime()) || !start.toISOString().startsWith(day ?? '')) return undefined;
  const date = new Date(`${day ?? ''}T${time}${zone.toUpperCase()}`);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
