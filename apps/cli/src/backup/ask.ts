import { writeTo } from '@chainvisor/report';
import { isatty, ReadStream } from 'node:tty';
import { StoppedByOperator } from '../supervise/operator.js';

/** Whether somebody is there who can be asked. */
export function canAsk(): boolean {
  return isatty(0) && isatty(2);
}

/** Asks on the terminal; anything but a yes is a no. Throws StoppedByOperator once the signal is aborted. */
export async function ask(question: string, signal: AbortSignal): Promise<boolean> {
  writeTo(2, `${question} [y/N] `);
  const terminal = new ReadStream(0);
  const answer = Promise.withResolvers<string>();
  const stop = () => answer.reject(new StoppedByOperator());
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  let typed = '';
  terminal.setEncoding('utf8').on('data', (text: string) => {
    typed += text;
    if (typed.includes('\n')) answer.resolve(typed);
  });
  // Ctrl-D, or a terminal that hung up, is no answer.
  terminal.once('end', () => answer.resolve('')).once('error', () => answer.resolve(''));
  try {
    return /^\s*y(?:es)?\s*$/i.test(await answer.promise);
  } finally {
    signal.removeEventListener('abort', stop);
    // Not closed: what is opened next would get its number.
    terminal.pause().removeAllListeners();
    if (!typed.includes('\n')) writeTo(2, '\n');
  }
}
