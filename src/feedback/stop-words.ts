import type { MailParts } from './mail-parts.ts';

/**
 * Whether somebody wrote only that they want to leave: the first line of what they wrote, or the subject of a mail
 * without text. Whose delivery it is about is known from the message that they answered.
 */
export function asksToLeave({ text, subject, status, feedback }: MailParts): boolean {
  if (status.length > 0 || feedback !== null) return false;
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const own = lines.findIndex((line) =>
    /^(>|-{2,}|_{5,}|on .+ wrote:|am .+ schrieb|le .+ a écrit|el .+ escribió)/i.test(line),
  );
  const first = own === 0 ? undefined : lines[0];
  return isStopWord(first ?? subject.replace(/^(re|aw|sv|rép|trả lời)\s*:\s*/i, ''));
}

function isStopWord(line: string): boolean {
  const words = line
    .normalize('NFC')
    .toLowerCase()
    .replace(/[.!,;:"'“”«»()*?؟。！]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/^(please|bitte|por favor|s'il vous plaît|svp|xin|vui lòng|من فضلك) /u, '')
    .replace(/ (please|bitte|por favor|svp|thanks|thank you|danke|merci|gracias)$/u, '');
  return STOP_WORDS.has(words);
}

const STOP_WORDS = new Set(
  [
    [
      'unsubscribe',
      'unsubscribe me',
      'stop',
      'stop it',
      'remove',
      'remove me',
      'opt out',
      'opt-out',
      'cancel',
      'end',
      'quit',
      'leave',
    ],
    [
      'cancel subscription',
      'cancel my subscription',
      'take me off',
      'take me off this list',
      'no more',
      'no more mail',
      'no more emails',
      'stop sending',
    ],
    // German
    [
      'abmelden',
      'abbestellen',
      'austragen',
      'stopp',
      'kündigen',
      'abmeldung',
      'mich abmelden',
      'keine mails mehr',
      'newsletter abbestellen',
      'abonnement kündigen',
    ],
    // French
    [
      'désabonner',
      'désinscrire',
      'me désabonner',
      'me désinscrire',
      'désabonnement',
      'désinscription',
      'désabonnez-moi',
      'désinscrivez-moi',
      'desabonner',
      'desinscrire',
      'arrêter',
      'arrêtez',
      'arret',
      'arrêt',
      'résilier',
    ],
    // Spanish
    [
      'baja',
      'dar de baja',
      'darme de baja',
      'darse de baja',
      'cancelar',
      'cancelar suscripción',
      'cancelar la suscripción',
      'cancelar suscripcion',
      'anular suscripción',
      'parar',
      'alto',
      'no más',
      'desuscribir',
      'desuscribirme',
    ],
    // Vietnamese
    [
      'hủy đăng ký',
      'huỷ đăng ký',
      'hủy',
      'huỷ',
      'dừng',
      'dừng lại',
      'ngừng',
      'ngừng gửi',
      'thôi',
      'huy dang ky',
      'không nhận nữa',
      'bỏ đăng ký',
    ],
    // Arabic
    [
      'إلغاء الاشتراك',
      'الغاء الاشتراك',
      'إلغاء اشتراك',
      'إلغاء',
      'الغاء',
      'توقف',
      'أوقف',
      'اوقف',
      'قف',
      'أوقفوا',
      'إيقاف',
      'ايقاف',
    ],
  ]
    .flat()
    .map((word) => word.normalize('NFC')),
);
