import type { timeFormats } from '@chainvisor/config';

/** A value of COSMOVISOR_TIMEFORMAT_LOGS: the name of one of Go's layouts, in lower case, or '' for no time at all. */
export type TimeFormat = (typeof timeFormats)[number] | '';

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** The time in one of Go's layouts, in the local time zone as Go prints it; undefined is ours: UTC, RFC 3339, milliseconds. */
export function formatTime(time: Date, format: TimeFormat | undefined): string {
  if (format === undefined) return time.toISOString();
  const two = (n: number) => String(n).padStart(2, '0');
  const day = days[time.getDay()] ?? '';
  const month = months[time.getMonth()] ?? '';
  const date = two(time.getDate());
  const year = String(time.getFullYear());
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
  const minutes = clock.slice(0, 5);
  const zone = zoneName(time);
  const offset = zoneOffset(time);
  switch (format) {
    case '':
      return '';
    case 'layout':
      return `${two(time.getMonth() + 1)}/${date} ${two(time.getHours() % 12 || 12)}:${clock.slice(3)}${half(time)} '${year.slice(2)} ${offset}`;
    case 'ansic':
      return `${day.slice(0, 3)} ${month} ${date.replace(/^0/, ' ')} ${clock} ${year}`;
    case 'unixdate':
      return `${day.slice(0, 3)} ${month} ${date.replace(/^0/, ' ')} ${clock} ${zone} ${year}`;
    case 'rubydate':
      return `${day.slice(0, 3)} ${month} ${date} ${clock} ${offset} ${year}`;
    case 'rfc822':
      return `${date} ${month} ${year.slice(2)} ${minutes} ${zone}`;
    case 'rfc822z':
      return `${date} ${month} ${year.slice(2)} ${minutes} ${offset}`;
    case 'rfc850':
      return `${day}, ${date}-${month}-${year.slice(2)} ${clock} ${zone}`;
    case 'rfc1123':
      return `${day.slice(0, 3)}, ${date} ${month} ${year} ${clock} ${zone}`;
    case 'rfc1123z':
      return `${day.slice(0, 3)}, ${date} ${month} ${year} ${clock} ${offset}`;
    case 'rfc3339':
      return `${year}-${two(time.getMonth() + 1)}-${date}T${clock}${isoOffset(time)}`;
    case 'rfc3339nano': {
      const fraction = String(time.getMilliseconds()).padStart(3, '0').replace(/0+$/, '');
      return `${year}-${two(time.getMonth() + 1)}-${date}T${clock}${fraction && `.${fraction}`}${isoOffset(time)}`;
    }
    case 'kitchen':
      return `${time.getHours() % 12 || 12}:${two(time.getMinutes())}${half(time)}`;
  }
}

function half(time: Date): string {
  return time.getHours() < 12 ? 'AM' : 'PM';
}

function zoneOffset(time: Date): string {
  const ahead = -time.getTimezoneOffset();
  const absolute = Math.abs(ahead);
  const hours = String(Math.floor(absolute / 60)).padStart(2, '0');
  return `${ahead < 0 ? '-' : '+'}${hours}${String(absolute % 60).padStart(2, '0')}`;
}

function isoOffset(time: Date): string {
  const offset = zoneOffset(time);
  return offset === '+0000' ? 'Z' : `${offset.slice(0, 3)}:${offset.slice(3)}`;
}

/** Each locale knows the abbreviations of its own part of the world. */
const locales = ['en-GB', 'en-US', 'en-IN', 'en-AU', 'en-ZA', 'ja'];
const zoneNames = new Map<number, string>();

/** The zone's abbreviation where the platform knows one, else its offset, as Go prints a zone without a name. */
function zoneName(time: Date): string {
  const ahead = time.getTimezoneOffset();
  const known = zoneNames.get(ahead);
  if (known !== undefined) return known;
  const names = locales.map((locale) => time.toLocaleTimeString(locale, { timeZoneName: 'short' }).split(/\s/).at(-1));
  const name = names.find((word) => /^[A-Z]{3,5}$/.test(word ?? '')) ?? zoneOffset(time).replace(/00$/, '');
  zoneNames.set(ahead, name);
  return name;
}
