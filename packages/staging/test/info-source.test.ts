import { describe, expect, it } from 'vitest';
import { hostPlatform, sourceOfInfo, StagingError } from '../src/index.ts';
import { access, releases, sha256 } from './support.ts';

const platform = 'linux/amd64';
const ask = (info: string, more = {}) => sourceOfInfo(info, { ...access, platform, ...more });
const binaries = (entries: Readonly<Record<string, string>>, more = {}) =>
  JSON.stringify({ binaries: entries, ...more });
const URL = 'https://example.org/palomad?checksum=sha256:00';

async function refusal(act: Promise<unknown>): Promise<StagingError> {
  const error: unknown = await act.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(StagingError);
  return error as StagingError;
}

describe('the binary that a plan names', () => {
  it('is the one for the platform, with its checksum, and says where it stood', async () => {
    const info = binaries({
      'linux/arm64': 'https://example.org/other',
      [platform]: URL,
      any: 'https://example.org/any',
    });
    expect(await ask(info)).toEqual({ url: URL, named: "the plan's info, linux/amd64" });
  });

  it('is that for any platform, where there is none for ours, whatever else is named', async () => {
    const info = binaries({ 'linux/arm64': 'https://example.org/other', any: URL }, { docker: 'example/image' });
    expect(await ask(info)).toEqual({ url: URL, named: "the plan's info, any" });
  });

  it.each([
    ['is empty', '', 'STAGING_NO_BINARY', /is empty/],
    ['is prose', 'See the release notes.', 'STAGING_NO_BINARY', /text that names no binary: "See the release notes."/],
    ['is a note that looks like a URL', 'note:text', 'STAGING_NO_BINARY', /text that names no binary/],
    ['is a path of this machine', '/etc/passwd', 'STAGING_NO_BINARY', /text that names no binary/],
    ['is broken JSON', '{"binaries":{"linux/amd64":"https://example.org",}}', 'STAGING_INFO_UNUSABLE', /broken JSON/],
    [
      'has only other platforms',
      binaries({ 'darwin/arm64': URL }),
      'STAGING_NO_BINARY',
      /linux\/amd64, only for darwin\/arm64/,
    ],
    ['has no platform', binaries({}), 'STAGING_NO_BINARY', /names no binary for linux\/amd64$/],
  ])('is none where the info %s', async (_, info, code, message) => {
    const error = await refusal(ask(info));
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) as string });
    expect(error.hint).toBeTruthy();
  });

  it('is looked up where the info refers to', async () => {
    const server = await releases();
    const document = binaries({ [platform]: URL });
    const url = server.serve('/upgrade.json', document);
    const source = await ask(`${url}?checksum=sha256:${sha256(document)}`);
    expect(source).toEqual({ url: URL, named: `${url}, which the plan's info refers to, linux/amd64` });
  });

  it('is not looked up in a reference without a checksum, where one is required, before anything is asked', async () => {
    const server = await releases();
    const url = server.serve('/upgrade.json', binaries({ [platform]: URL }));
    await expect(ask(url)).rejects.toMatchObject({ code: 'FETCHER_CHECKSUM_MISSING' });
    expect(server.requests).toEqual([]);
    expect(await ask(url, { requireChecksum: false })).toMatchObject({ url: URL });
  });

  it('is not taken from a reference that is another document than was promised', async () => {
    const server = await releases();
    const url = server.serve('/upgrade.json', binaries({ [platform]: URL }));
    await expect(ask(`${url}?checksum=sha256:${'0'.repeat(64)}`)).rejects.toMatchObject({
      code: 'FETCHER_CHECKSUM_MISMATCH',
    });
  });

  it('is not looked up in a reference to a reference', async () => {
    const server = await releases();
    const end = server.serve('/end.json', binaries({ [platform]: URL }));
    const url = server.serve('/middle.json', end);
    const error = await refusal(ask(url, { requireChecksum: false }));
    expect(error).toMatchObject({ code: 'STAGING_INFO_UNUSABLE', message: expect.stringMatching(/another/) as string });
    expect(server.requests.map(({ path }) => path)).toEqual(['/middle.json']);
  });
});

it('names this machine as Go does', () => {
  expect(hostPlatform()).toMatch(/^linux\/(?:amd64|arm64|\w+)$/);
});
