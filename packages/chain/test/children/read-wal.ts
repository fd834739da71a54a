// Reads a log and prints by how much the most memory that this process ever had has grown over it.
import { readWalEndHeight } from '@chainvisor/chain';

const file = process.argv[2] ?? '';
await readWalEndHeight(import.meta.filename);
const before = process.resourceUsage().maxRSS;
const height = await readWalEndHeight(file);
process.stdout.write(JSON.stringify({ height, grownKiB: process.resourceUsage().maxRSS - before }));
