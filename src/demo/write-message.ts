import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import PostalMime from 'postal-mime';

/**
 * Writes a message as it came off the wire: `message.eml`, and its two parts as `message.html` and `message.txt`.
 * The HTML shows its pictures from beside it, so that it can be looked at when the demo has ended.
 * @param picturesUrl where the message has its pictures from; `pictures` is the folder that holds them.
 */
export async function writeMessage(
  folder: string,
  raw: Buffer,
  { picturesUrl, pictures }: { picturesUrl: string; pictures: string },
): Promise<void> {
  const { html = '', text = '' } = await PostalMime.parse(raw);
  await mkdir(folder, { recursive: true });
  await Promise.all([
    writeFile(join(folder, 'message.eml'), raw),
    writeFile(join(folder, 'message.html'), html.replaceAll(`${picturesUrl}/`, 'pictures/')),
    writeFile(join(folder, 'message.txt'), text),
    cp(pictures, join(folder, 'pictures'), { recursive: true, filter: (path) => !path.endsWith('.svg') }),
  ]);
}
