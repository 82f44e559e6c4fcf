import PostalMime, { type Attachment, decodeWords, type Email } from 'postal-mime';

/** A message taken apart for a person to look at. */
export interface Mail {
  /** In order; `decoded` is set where encoded words (RFC 2047) hide what a reader sees. */
  headers: { name: string; value: string; decoded: string | null }[];
  /** As a reader sees it; the name may be empty. */
  from: { name: string; address: string };
  html: string | null;
  text: string | null;
  /** Parts that are neither: name, type and size in bytes. */
  attachments: { name: string; type: string; size: number }[];
}

/** Parses a whole message; one that cannot be parsed is shown as it came. */
export async function readMail(raw: Buffer): Promise<Mail> {
  try {
    return takeApart(await PostalMime.parse(raw, { attachmentEncoding: 'arraybuffer' }));
  } catch {
    return {
      headers: [],
      from: { name: '', address: '' },
      html: null,
      text: raw.toString(),
      attachments: [],
    };
  }
}

function takeApart(mail: Email): Mail {
  return {
    headers: mail.headers.map(({ originalKey, value }) => {
      const decoded = decodeWords(value);
      return { name: originalKey, value, decoded: decoded === value ? null : decoded };
    }),
    from: { name: mail.from?.name ?? '', address: mail.from?.address ?? '' },
    html: mail.html === undefined ? null : withInlinePictures(mail.html, mail.attachments),
    text: mail.text ?? null,
    attachments: mail.attachments
      .filter((part) => !part.related)
      .map((part) => ({
        name: part.filename ?? '(no name)',
        type: part.mimeType,
        size: bytesOf(part).length,
      })),
  };
}

/** Pictures that travel in the message (RFC 2392 `cid:`) become data URLs: the frame has no other way to them. */
function withInlinePictures(html: string, parts: Attachment[]): string {
  return parts.reduce((result, part) => {
    const id = part.contentId?.replace(/^<|>$/g, '');
    if (!id || !part.mimeType.startsWith('image/')) return result;
    const data = Buffer.from(bytesOf(part)).toString('base64');
    return result.replaceAll(`cid:${id}`, `data:${part.mimeType};base64,${data}`);
  }, html);
}

function bytesOf({ content }: Attachment): Uint8Array {
  return typeof content === 'string' ? Buffer.from(content) : new Uint8Array(content);
}
