/** The name that cosmovisor gives to a backup of that local date, unpadded: `data-backup-2024-3-5`. */
export function backupName(date: Date): string {
  return `data-backup-${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}

/** What cosmovisor's own backups, and ours of that name, are called. */
export const COSMOVISOR_NAME = /^data-backup-\d+-\d+-\d+(?:-\d+)?$/;
