import { existsSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

/** Postfix's own measuring tools, written in C: what a sender and a server can do at most. */
export interface PostfixTools {
  smtpSource: string;
  smtpSink: string;
  /** With which they run. */
  env: NodeJS.ProcessEnv;
}

/** How to get them. */
export const POSTFIX_HINT =
  "Postfix's smtp-source and smtp-sink are not here. Debian, Ubuntu: `apt-get install postfix` has them in " +
  '/usr/sbin; or without installing: `apt-get download postfix && dpkg -x postfix_*.deb FOLDER`, then --postfix FOLDER.';

/**
 * Finds them installed, or in an unpacked package.
 * @param unpacked its folder. @returns null when they are not there.
 */
export function findPostfix(unpacked: string | undefined): PostfixTools | null {
  const root = unpacked === undefined ? null : resolve(unpacked);
  const folders = [
    ...(root === null ? [] : [join(root, 'usr/sbin')]),
    ...(process.env.PATH ?? '').split(delimiter),
    ...['/usr/sbin', '/usr/libexec/postfix', '/usr/lib/postfix/sbin', '/opt/homebrew/sbin'],
  ];
  const folder = folders.find((each) =>
    ['smtp-source', 'smtp-sink'].every((tool) => existsSync(join(each, tool))),
  );
  if (folder === undefined) return null;
  return {
    smtpSource: join(folder, 'smtp-source'),
    smtpSink: join(folder, 'smtp-sink'),
    // An unpacked package has its libraries beside it.
    env: { ...process.env, ...(root !== null && { LD_LIBRARY_PATH: join(root, 'usr/lib/postfix') }) },
  };
}
