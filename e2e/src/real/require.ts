/** Where this variable is `true`, a run in which the tests against real nodes did not all run is a failed run. */
export const REQUIRE_VARIABLE = 'CHAINVISOR_REQUIRE_REAL_NODES';

/** Whether real nodes are required. Anything but `true`, `false` and nothing is an error: a typing mistake must not quietly drop the suite. */
export function realNodesRequired(env: NodeJS.ProcessEnv = process.env): boolean {
  const value = env[REQUIRE_VARIABLE] ?? '';
  if (!['', 'true', 'false'].includes(value))
    throw new Error(`${REQUIRE_VARIABLE} is ${JSON.stringify(value)}: it can be true or false`);
  return value === 'true';
}
