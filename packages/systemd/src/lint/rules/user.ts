import { isYes } from '../read.js';
import type { Change, Draft, Rule } from '../rule.js';
import { add, drop, setTo } from '../rule.js';
import { setting } from '../subject.js';
import type { Subject } from '../subject.js';

/** Whom the node runs as. */
export const user: Rule = (subject) => {
  const entry = setting(subject, 'User');
  const isDynamic = isYes(setting(subject, 'DynamicUser')?.value);
  const isRoot = entry !== undefined && /^(?:root|0)$/.test(entry.value);
  // The drop-in of each instance of a template may name its user.
  const isTemplate = subject.context.unitName?.endsWith('@.service') === true;
  const isMissing = entry === undefined && !isDynamic && !isTemplate;
  const workingDirectory = setting(subject, 'WorkingDirectory');
  const drafts: Draft[] = [];

  if (isMissing || isRoot) {
    drafts.push({
      code: isRoot ? 'USER_ROOT' : 'USER_MISSING',
      level: 'warning',
      at: entry,
      what: isRoot ? 'the node runs as root' : 'no User=: the node runs as root',
      why: "a hole in the node is a hole in the whole machine; and files that root leaves in the home cannot be read by the node's own user later",
      mend: `User=${suggested(subject) ?? 'the owner of the home'}, who must own all of it`,
      changes: asUser(subject),
    });
  }
  if (isMissing && workingDirectory?.value === '~') {
    drafts.push({
      code: 'WORKING_DIRECTORY',
      level: 'warning',
      at: workingDirectory,
      what: 'WorkingDirectory=~ without User=',
      why: "it is the home of the service's user, and without User= that is /root",
      mend: `User=${suggested(subject) ?? 'the owner of the home'}`,
      changes: asUser(subject),
    });
  }
  const path = workingDirectory?.value.replace(/^-/, '');
  if (workingDirectory !== undefined && path !== undefined && path !== '~' && !/^[/%]/.test(path)) {
    drafts.push({
      code: 'WORKING_DIRECTORY',
      level: 'error',
      at: workingDirectory,
      what: `WorkingDirectory=${path} is not absolute`,
      why: 'systemd expands neither ~/ nor $HOME there, takes quotes for a part of the path, and refuses the unit: the node does not start',
      mend: 'write the path in full, without quotes, or ~ alone for the home of the user',
      changes: mendedDirectory(path, entry !== undefined).map((right) => setTo(workingDirectory, right)),
    });
  }
  if (isDynamic) drafts.push(dynamic(subject));
  return drafts;
};

/** What was meant by a directory, where that can be told. */
function mendedDirectory(path: string, hasUser: boolean): readonly string[] {
  const [, , quoted] = /^(["'])(\/[^"'\\]*)\1$/.exec(path) ?? [];
  if (quoted !== undefined) return [quoted];
  return hasUser && /^~\/$|^\$\{?HOME\}?\/?$/.test(path) ? ['~'] : [];
}

const suggested = ({ context }: Subject): string | undefined => (context.user === 'root' ? undefined : context.user);

function asUser(subject: Subject): readonly Change[] {
  const name = suggested(subject);
  if (name === undefined) return [];
  const entry = setting(subject, 'User');
  return [entry === undefined ? add('Service', `User=${name}`) : setTo(entry, name)];
}

function dynamic(subject: Subject): Draft {
  const entry = setting(subject, 'DynamicUser');
  const needsUser = setting(subject, 'User') === undefined;
  return {
    code: 'USER_DYNAMIC',
    level: 'error',
    at: entry,
    what: 'DynamicUser=yes',
    why: 'the user is another one whenever systemd likes, and all but its own state directories is read-only: the node cannot write its home',
    mend: `User=${suggested(subject) ?? 'the owner of the home'} instead`,
    changes: entry === undefined ? [] : [drop(entry), ...(needsUser ? asUser(subject) : [])],
  };
}
