/** What a column of somebody's export can say about a person. */
const COLUMN_MEANINGS = [
  'email',
  'name',
  'first name',
  'last name',
  'sections',
  'status',
  'disabled',
  'created',
  'confirmed',
  'left',
  'bounced',
  'rhythm',
  'hour',
  'paused until',
  'language',
  'time zone',
] as const;
export type ColumnMeaning = (typeof COLUMN_MEANINGS)[number];

export interface Columns {
  /** The header of each column as it stands in the file; `column 1` where there is none. */
  headers: string[];
  /** Index of the column with this meaning. */
  meanings: Partial<Record<ColumnMeaning, number>>;
  /** Which of the first rows holds the names of the columns: the first, or one below a title; null: none does. */
  headerAt: number | null;
}

/**
 * Finds out what the columns mean, by their headers as Mailchimp, Ghost, listmonk, Substack, Mailtrain, beehiiv,
 * Buttondown, Kit and spreadsheets in many languages write them; by what is in them when no header tells the address.
 * @param rows the first rows of the file. @returns null when no column holds addresses.
 */
export function findColumns(rows: string[][]): Columns | null {
  const headerAt = headerAmong(rows);
  const first = rows[headerAt ?? 0] ?? [];
  const headers =
    headerAt === null ? first.map((_, index) => `column ${index + 1}`) : first.map((cell) => cell.trim());
  const meanings: Columns['meanings'] = {};
  if (headerAt !== null) {
    headers.forEach((header, index) => {
      const meaning = MEANING_OF.get(folded(header));
      // "Email" before "Email 2": the first column of a meaning has it.
      if (meaning !== undefined) meanings[meaning] ??= index;
    });
  }
  const sample = headerAt === null ? rows : rows.slice(headerAt + 1);
  if (meanings.email === undefined) {
    const index = headers.findIndex((_, column) => sample.some((row) => looksLikeAddress(row[column] ?? '')));
    if (index < 0) return null;
    meanings.email = index;
  }
  return { headers, meanings, headerAt };
}

/**
 * The row of names, above the first person. Spreadsheets and reports have a title and a date above it: then it is the
 * one that most names are known of.
 */
function headerAmong(rows: string[][]): number | null {
  const person = rows.findIndex((row) => row.some(looksLikeAddress));
  const above = person < 0 ? rows : rows.slice(0, person);
  if (above.length === 0) return null;
  const known = above.map((row) => new Set(row.flatMap((cell) => MEANING_OF.get(folded(cell)) ?? [])).size);
  return known.indexOf(Math.max(...known));
}

function looksLikeAddress(cell: string): boolean {
  return /^\s*[^\s@,;]+@[^\s@,;]+\.[^\s@,;]+\s*$/.test(cell);
}

/** Case, accents and signs do not count: `E-Mail Adresse`, `email_adresse`. */
function folded(header: string): string {
  return header
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');
}

const HEADERS: Record<ColumnMeaning, string[]> = {
  email: [
    ...['email', 'e-mail', 'mail', 'email address', 'mail address', 'subscriber email', 'contact email'],
    ...[
      'your email',
      'recipient',
      'user email',
      'email 1',
      'correo',
      'correo electrónico',
      'dirección de correo',
    ],
    ...['dirección de correo electrónico', 'courriel', 'adresse e-mail', 'adresse mail', 'adresse courriel'],
    ...['adresse électronique', 'e-mail-adresse', 'mailadresse', 'e-post', 'e-postadress', 'e-mailadresse'],
    ...[
      'e-mailadres',
      'emailadres',
      'indirizzo email',
      'indirizzo e-mail',
      'endereço de e-mail',
      'endereço de email',
    ],
    ...[
      'adres e-mail',
      'adres email',
      'sähköposti',
      'sähköpostiosoite',
      'e-posta',
      'e-posta adresi',
      'emailcím',
    ],
    ...[
      'địa chỉ email',
      'địa chỉ e-mail',
      'thư điện tử',
      'email của bạn',
      'البريد الإلكتروني',
      'البريد',
      'بريد إلكتروني',
    ],
    ...[
      'электронная почта',
      'эл. почта',
      'почта',
      'адрес электронной почты',
      'email адрес',
      'メールアドレス',
      'メール',
    ],
    ...['邮箱', '电子邮件', '电子邮箱', '電子郵件', '이메일', 'ईमेल', 'surel'],
  ],
  name: [
    ...[
      'name',
      'full name',
      'subscriber name',
      'display name',
      'your name',
      'nombre completo',
      'nom complet',
    ],
    ...['nome completo', 'vollständiger name', 'naam', 'namn', 'navn', 'nimi', 'imię i nazwisko', 'ad soyad'],
    ...[
      'họ và tên',
      'họ tên',
      'tên',
      'الاسم',
      'الاسم الكامل',
      'имя',
      'фио',
      '名前',
      '氏名',
      '姓名',
      '이름',
      'nama',
    ],
  ],
  'first name': [
    ...['first name', 'fname', 'given name', 'forename', 'nombre', 'prénom', 'vorname', 'nome', 'voornaam'],
    ...['förnamn', 'fornavn', 'etunimi', 'imię', 'ad', 'الاسم الأول', '名'],
  ],
  'last name': [
    ...['last name', 'lname', 'surname', 'family name', 'apellido', 'apellidos', 'nom', 'nom de famille'],
    ...[
      'nachname',
      'familienname',
      'cognome',
      'sobrenome',
      'achternaam',
      'efternamn',
      'etternavn',
      'sukunimi',
    ],
    ...['nazwisko', 'soyad', 'اسم العائلة', 'фамилия', '姓'],
  ],
  sections: [
    ...[
      'sections',
      'section',
      'tags',
      'tag',
      'topics',
      'interests',
      'labels',
      'groups',
      'secciones',
      'etiquetas',
    ],
    ...[
      'rubriques',
      'étiquettes',
      'rubriken',
      'ressorts',
      'themen',
      'sezioni',
      'seções',
      'chuyên mục',
      'mục',
      'الأقسام',
    ],
  ],
  status: [
    ...['status', 'state', 'member status', 'subscription status', 'subscriber status', 'subscribed'],
    ...[
      'subscribed to emails',
      'subscriber type',
      'estado',
      'statut',
      'état',
      'stato',
      'situação',
      'trạng thái',
      'الحالة',
    ],
  ],
  disabled: ['email disabled', 'disabled', 'blocked', 'unsubscribed', 'opted out'],
  created: [
    ...[
      'created',
      'created at',
      'creation date',
      'date created',
      'date added',
      'subscribed at',
      'signup date',
    ],
    ...[
      'subscription date',
      'subscribe date',
      'joined',
      'joined at',
      'optin time',
      'added',
      'date',
      'fecha de alta',
    ],
    ...["date d'inscription", 'anmeldedatum', 'ngày đăng ký', 'تاريخ الاشتراك'],
  ],
  confirmed: [
    'confirmed',
    'confirmed at',
    'confirm time',
    'confirmation time',
    'confirmation date',
    'date confirmed',
    ...[
      'opt in',
      'opted in',
      'opt in status',
      'consent',
      'email consent',
      'marketing consent',
      'gdpr consent',
    ],
    ...[
      'gdpr',
      'gdpr ok',
      'accepts marketing',
      'accepts email marketing',
      'agreed',
      'einwilligung',
      'zustimmung',
    ],
    ...['consentement', 'consentimiento', 'consenso', 'consentimento', 'toestemming', 'đồng ý', 'الموافقة'],
  ],
  left: [
    'unsub time',
    'unsubscribed at',
    'unsubscribe date',
    'unsubscribed on',
    'left',
    'left at',
    'opted out at',
  ],
  bounced: ['clean time', 'cleaned at', 'bounced at'],
  rhythm: ['rhythm', 'frequency', 'frecuencia', 'fréquence', 'häufigkeit'],
  hour: ['hour', 'send hour'],
  'paused until': ['paused until'],
  language: [
    'language',
    'lang',
    'locale',
    'preferred language',
    'idioma',
    'langue',
    'sprache',
    'lingua',
    'ngôn ngữ',
    'اللغة',
  ],
  'time zone': ['time zone', 'tz', 'timezone name', 'zona horaria', 'fuseau horaire', 'zeitzone', 'múi giờ'],
};

const MEANING_OF: ReadonlyMap<string, ColumnMeaning> = new Map(
  COLUMN_MEANINGS.flatMap((meaning) =>
    HEADERS[meaning].map((header): [string, ColumnMeaning] => [folded(header), meaning]),
  ),
);
