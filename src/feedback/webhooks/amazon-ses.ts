import { verify, X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { readSesNotification } from '../ses-notification.ts';
import {
  type FetchText,
  isSame,
  jsonOf,
  type WebhookProvider,
  type WebhookRefusal,
} from '../webhook-provider.ts';

const messageShape = z.object({
  Type: z.enum(['Notification', 'SubscriptionConfirmation', 'UnsubscribeConfirmation']),
  MessageId: z.string(),
  Message: z.string(),
  Timestamp: z.string(),
  TopicArn: z.string(),
  Subject: z.string().nullish(),
  Token: z.string().optional(),
  SubscribeURL: z.string().optional(),
  Signature: z.string(),
  SignatureVersion: z.enum(['1', '2']),
  SigningCertURL: z.string(),
});

type SnsMessage = z.output<typeof messageShape>;

/**
 * Amazon SES reports by SNS, which signs with a certificate that it serves itself. Anybody can have a topic, so one
 * alone is believed; certificate and confirmation are fetched from SNS of that topic's region and from nowhere else.
 */
export const amazonSes: WebhookProvider = {
  isSetUp: ({ config }) => config.sesTopic !== null,
  read: async (request, { config }, fetchText) => {
    const parsed = messageShape.safeParse(jsonOf(request));
    if (!parsed.success) return 401;
    const message = parsed.data;
    if (!isSame(message.TopicArn, config.sesTopic ?? '')) return 403;
    if (!isOfSns(message.SigningCertURL, message.TopicArn, /^\/SimpleNotificationService-[\w-]+\.pem$/))
      return 403;
    const proved = await isSigned(message, fetchText);
    if (proved !== true) return proved;
    if (message.Type === 'SubscriptionConfirmation') return confirm(message, fetchText);
    if (message.Type === 'UnsubscribeConfirmation') return [];
    const feedback = readSesNotification(jsonOf({ headers: {}, body: Buffer.from(message.Message) }));
    return feedback === null ? [] : [feedback];
  },
};

async function isSigned(message: SnsMessage, fetchText: FetchText): Promise<true | WebhookRefusal> {
  let pem: string;
  try {
    pem = await fetchText(message.SigningCertURL);
  } catch {
    return 503;
  }
  try {
    const { publicKey } = new X509Certificate(pem);
    const algorithm = message.SignatureVersion === '1' ? 'sha1' : 'sha256';
    const signed = Buffer.from(textToSign(message));
    return verify(algorithm, signed, publicKey, Buffer.from(message.Signature, 'base64')) || 403;
  } catch {
    return 403;
  }
}

/** The subscription that the operator has just made for our address: SNS asks whether it is wanted. */
async function confirm(
  { SubscribeURL = '', TopicArn }: SnsMessage,
  fetchText: FetchText,
): Promise<[] | WebhookRefusal> {
  if (!isOfSns(SubscribeURL, TopicArn, /^\/$/)) return 403;
  try {
    await fetchText(SubscribeURL);
    return [];
  } catch {
    return 503;
  }
}

/** `https://sns.eu-west-1.amazonaws.com/…`, of the topic's own region. */
function isOfSns(address: string, topic: string, path: RegExp): boolean {
  const url = URL.parse(address);
  const [, partition, , region] = topic.split(':');
  const host = `sns.${region}.amazonaws.com${partition === 'aws-cn' ? '.cn' : ''}`;
  return (
    url !== null &&
    url.protocol === 'https:' &&
    url.host === host &&
    path.test(url.pathname) &&
    url.username === ''
  );
}

/** In this order, with a line break after each: Amazon's rules for both versions of the signature. */
function textToSign(message: SnsMessage): string {
  const names =
    message.Type === 'Notification'
      ? (['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'] as const)
      : (['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'] as const);
  return names.map((name) => (message[name] == null ? '' : `${name}\n${message[name]}\n`)).join('');
}
