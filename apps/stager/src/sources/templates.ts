import { reasonOf } from '@chainvisor/report';
import { FetcherError } from '@chainvisor/fetcher';
import { hostPlatform } from '@chainvisor/staging';
import type { Context } from '../context.js';
import type { Target } from '../node/target.js';
import { isTransient } from '../report-error.js';
import { shownAddress } from '../settings/shown.js';
import { type Answer, declined } from './answer.js';
import { digestOf } from './digest.js';
import { fillAddress, templateValues } from './template.js';

/**
 * What lies where the templates say, by the name of the plan; one answer each. Throws StagerError `source` where two
 * checksums are given for one, and FetcherError for an abort.
 */
export async function fromTemplates(context: Context, target: Target): Promise<readonly Answer[]> {
  const { templateUrls, templateChecksum } = context.settings.values;
  if (templateUrls.length === 0) return [declined('template', 'there is none: [template] urls is not set')];
  const values = templateValues(target.name, hostPlatform());
  return Promise.all(
    templateUrls.map(async (template): Promise<Answer> => {
      const named = `the template ${shownAddress(template)}`;
      try {
        const url = fillAddress(template, values);
        const checksum =
          templateChecksum === undefined
            ? undefined
            : `file:${fillAddress(templateChecksum.slice('file:'.length), values)}`;
        return { kind: 'offer', source: 'template', url, named, digest: await digestOf(context, { url, checksum }) };
      } catch (error) {
        const isAnswer =
          error instanceof RangeError || (error instanceof FetcherError && error.code !== 'FETCHER_ABORTED');
        if (!isAnswer) throw error;
        return declined('template', `${named}: ${reasonOf(error)}`, { transient: isTransient(error) });
      }
    }),
  );
}
