/** How the program will be started, as far as that decides which libraries it finds. */
export interface LibraryOptions {
  /** Its own `lib/`, which comes first in LD_LIBRARY_PATH; it need not exist. */
  readonly libDir?: string;
  /** The LD_LIBRARY_PATH that it is started with besides. */
  readonly libraryPath?: string;
}

/** The LD_LIBRARY_PATH for the program, as a list: colons and semicolons separate. */
export function libraryDirectories({ libDir, libraryPath }: LibraryOptions): readonly string[] {
  const rest = (libraryPath ?? '').split(/[:;]/).filter((entry) => entry !== '');
  return [...(libDir === undefined ? [] : [libDir]), ...rest];
}
