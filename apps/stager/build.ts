import { bundleApp, writeNotices } from '@chainvisor/bundle';

// One file with everything in it: as root it becomes another user, who need not be able to read where it lies.
await writeNotices(await bundleApp('STAGER_VERSION', { outfile: 'dist/main.js' }));
