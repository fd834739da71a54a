/** Thrown where something did not answer in time: a file system that hangs, most often. */
export class Overdue extends Error {}
Object.defineProperty(Overdue.prototype, 'name', { value: 'Overdue' });

/** The result, if it comes within so many milliseconds. Throws Overdue, and whatever the work throws. */
export async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const overdue = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Overdue(`no answer within ${milliseconds / 1000} s; a file system may hang`)),
      milliseconds,
    );
  });
  try {
    return await Promise.race([work, overdue]);
  } finally {
    clearTimeout(timer);
    // Who comes too late is not heard, an error neither.
    work.catch(() => undefined);
  }
}
