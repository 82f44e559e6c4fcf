import type { BounceRule } from '../reasons.ts';

/** Exchange in all its ages, Microsoft 365, Outlook.com and Hotmail. */
export const exchange: BounceRule[] = [
  {
    // Directory-based edge blocking: the tenant has no such recipient.
    says: [/recipient address rejected: access denied/i],
    status: /^5\.4\.1$/,
    means: 'unknown user',
    sample: '550 5.4.1 Recipient address rejected: Access denied. AS(201806281)',
  },
  {
    says: [/QUEUE\.Expired/i, /message expired/i, /unable to connect successfully/i, /stopped trying/i],
    means: 'not reached in time',
    sample: '550 4.4.7 QUEUE.Expired; message expired',
  },
  {
    says: [
      /RESOLVER\.ADR\.(RecipientNotFound|RecipNotFound|ExRecipNotFound|BadPrimary|Invalid\w*)/i,
      /recipient not found by smtp address lookup/i,
    ],
    means: 'unknown user',
    sample: '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup',
  },
  {
    says: [
      /Recipient (address )?(is )?not found in (the )?(directory|Azure|Entra)/i,
      /(wasn't|was not|couldn't be|could not be) found (at|in|by) (the destination domain|\S+\.)/i,
      /isn't in (the )?(global address list|recipient)/i,
    ],
    means: 'unknown user',
    sample: "The email address wasn't found at the destination domain. It might be misspelled",
  },
  {
    says: [
      /(exceeds?|larger than|over) (the )?(size|maximum|message)[ a-z]*(size|limit)/i,
      /RESOLVER\.RST\.(Send|Recip)SizeLimit/i,
      /SMTPSEND\.OverAdvertisedSize/i,
    ],
    means: 'too large',
    sample: '550 5.2.3 RESOLVER.RST.RecipSizeLimit; message too large for this recipient',
  },
  {
    says: [
      /RESOLVER\.(RST\.)?(NotAuthorized|SendPermission|DeliverToMailbox|AuthRequired|RecipAuth)/i,
      /RESOLVER\.RST/i,
      /not authorized to send/i,
      /delivery restriction/i,
      /only accepts? (e?mail|messages) from/i,
      /sender is not authenticated for (the )?(recipient|mailbox)/i,
    ],
    means: 'refused by the reader',
    sample: '550 5.7.1 RESOLVER.RST.NotAuthorized; not authorized to send to this mailbox',
  },
  {
    says: [
      /STOREDRV\.Deliver.*(quota|full)/i,
      /mailbox (is )?full/i,
      /MapiExceptionShutoffQuotaExceeded/i,
      /quotaexceeded/i,
    ],
    means: 'mailbox full',
    sample: '554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException',
  },
  {
    says: [
      /STOREDRV\.Deliver.*(MailboxDisabled|AccountDisabled)/i,
      /STOREDRV.*disabled/i,
      /mailbox unavailable or disabled/i,
    ],
    means: 'suspended',
    sample: '550 5.2.1 STOREDRV.Deliver: mailbox disabled; MailboxDisabledException',
  },
  {
    says: [/STOREDRV/i],
    means: 'system',
    sample: '554 5.2.0 STOREDRV.Deliver.Exception:StorageTransientException; could not open mailbox',
  },
  {
    says: [
      /(part of their network|IP|server|network).* (is on|on) our (block|deny) ?list/i,
      /S3140/i,
      /S3150/i,
      /banned (sending|sender)/i,
      /\bAS\((750|3150|3160|3140|843)/i,
    ],
    means: 'reputation',
    sample:
      '550 5.7.1 Unfortunately, messages from [192.0.2.7] were not sent. Part of their network is on our block list (S3140).',
  },
  {
    says: [
      /recipient name is not recognized/i,
      /unknown recipient/i,
      /recipient was not found/i,
      /empfänger (wurde )?nicht gefunden/i,
      /destinataire (est )?introuvable/i,
    ],
    means: 'unknown user',
    sample: 'The recipient name is not recognized. MSEXCH:IMS:Paper:NEWS:EX1 0 (000C05A6) Unknown Recipient',
  },
  {
    says: [/MSEXCH.*000C0595/i, /MSEXCH.*content.*not.*supported/i, /conversion/i],
    means: 'policy',
    sample: 'MSEXCH:IMS:Paper:NEWS:EX1 0 (000C0595) Ambiguous Recipient, content not supported',
  },
  {
    says: [/e-?mail system was unable to deliver the message, but did not report a specific reason/i],
    means: 'unclear',
    sample: 'The e-mail system was unable to deliver the message, but did not report a specific reason.',
  },
  {
    says: [
      /e-?mail account does not exist at the organization/i,
      /account .* does not exist at the organization/i,
    ],
    means: 'unknown user',
    sample: 'The e-mail account does not exist at the organization this message was sent to.',
  },
  {
    says: [
      /MTA's? .*hop count/i,
      /loop detected/i,
      /too many hops/i,
      /routing loop/i,
      /DNS loop/i,
      /LoopDetected/i,
    ],
    means: 'network',
    sample: '554 5.4.14 Hop count exceeded - possible mail loop detected',
  },
  {
    says: [
      /tenant/i,
      /attribut(ed|ion)/i,
      /not accepted.*(connector|domain)/i,
      /Relay Access Denied/i,
      /ATTR\d/i,
    ],
    status: /^[45]\.(7\.64|7\.750|7\.705|7\.708|4\.1)$/,
    means: 'policy',
    sample: '550 5.7.64 TenantAttribution; Relay Access Denied [ValidationStatus of Empty]',
  },
];
