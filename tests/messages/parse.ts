import PostalMime, { type Email } from 'postal-mime';

/** Reads a message with a parser that shares nothing with what wrote it. */
export function parseMail(raw: string | Buffer): Promise<Email> {
  return new PostalMime().parse(raw);
}
