import { describe, expect, test } from 'vitest';
import { eventsOf, fakeHome, run, start, untilEvent, untilHeight } from './support.ts';

describe('the halt height', () => {
  test.each(['0.45', '0.47'] as const)(
    'of SDK %s ends the node with code 0 after that block, and one block further each time',
    async (profile) => {
      const home = await fakeHome(profile);
      expect((await start(home, home.genesisBinary, '--halt-height', '4').ended).code).toBe(0);
      expect((await start(home, home.genesisBinary, '--halt-height=4').ended).code).toBe(0);
      expect((await eventsOf(home, 'block')).map(({ height }) => height)).toEqual([1, 2, 3, 4, 5]);
    },
  );

  test.each([
    ['0.50', undefined, 4],
    ['0.50', '0.50.9', 5],
    ['0.50', 'v0.50.10', 4],
    ['0.53', undefined, 4],
  ] as const)(
    'of SDK %s (%s) leaves a zombie with block %i stored and not executed',
    async (profile, sdkVersion, stored) => {
      const home = await fakeHome(profile, {}, sdkVersion === undefined ? {} : { sdkVersion });
      const node = start(home, home.genesisBinary, '--halt-height', '4');
      expect((await untilEvent(home, 'stuck')).reason).toBe('halt per configuration height 4 time 0');
      expect(await home.status()).toMatchObject({ height: stored, appHeight: stored - 1 });
      expect((await node.stop()).code).toBe(0);
      const again = await start(home, home.genesisBinary, '--halt-height', '4').ended;
      expect(again.code).toBe(1);
      expect(again.stderr).toContain('error during handshake: error on replay: halt per configuration height 4 time 0');
      const free = start(home);
      await untilHeight(home, 7);
      await free.stop();
    },
  );

  test('is taken from the environment under the name of the executable', async () => {
    const home = await fakeHome('0.50');
    const node = run(home, home.genesisBinary, ['start'], { PALOMAD_HALT_HEIGHT: '3', GAIAD_HALT_HEIGHT: '1' });
    expect(await untilEvent(home, 'stuck')).toMatchObject({ height: 3 });
    await node.stop();
  });
});
