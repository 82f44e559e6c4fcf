/**
 * How common words are in news before any story is stored: the share of stories that hold them. What is not listed
 * counts as rare. Forms as `words.ts` makes them.
 */
const TIERS: [share: number, words: string][] = [
  [
    0.6,
    `the a an and of to in on at for with by from as that it is was has have be been are were will would this their
     its his her he she they said but not who after which more had

     der die das und in den von zu mit ist auf für im des dem ein eine nicht sich als auch hat bei werden wurde

     le la les de des du et en un une à dans pour que qui sur par est pas au aux il elle ont été avec ce

     el los las del y que un una por con para se su al es lo como más fue ha

     di il che è per della non una sono

     em do da os as no na que para com não

     het een van is dat op te zijn met voor niet

     và của là có trong cho được với các một những không đã này người từ khi về tại đến năm cũng ông ra vào để

     في من على إلى عن أن التي الذي هذا هذه مع كان بعد كما قال وقال ما لا لم بين أو إن قد`,
  ],
  [
    0.2,
    `about also all over out up into than when one two new first last year could can may some there what other say if
     no we you i or so do three time make made people day week month between before during while because under against
     them him our now only just still most many where how told according per cent percent government country state
     world report since while including more`,
  ],
  [
    0.07,
    `four five six seven eight nine ten million billion thousand hundred monday tuesday wednesday thursday friday
     saturday sunday january february march april june july august september october november december today yesterday
     tomorrow morning night official minister president company national international group city part plan work way
     back down off next another then those these any each such being both through around near early late former own
     high long high big old around including number second third set take took come came go went get got use used
     know see seen need want like well even much very little group member head chief spokesman spokeswoman news reuter
     ap afp agency statement called asked added announced expected agreed began begin left right end start help home
     place public local general major top percent business market price cost pay money bank share service office law
     court police right party leader deal talk meeting decision move issue problem case question change rise fall rose
     fell grew growth increase record win won lost loss lead game team season play player match final cup coach club
     health hospital school university student study research scientist found show data project build building water
     power air energy technology system computer internet online phone video photo image read book film music art street
     road house family child woman man men women life death dead died killed kill injured attack war force army military
     fire storm flood ship train car plane flight airport town village region area north south east west northern southern
     eastern western european american british u.s u.k eu un`,
  ],
];

const shares = new Map<string, number>();
for (const [share, words] of TIERS) {
  for (const word of words.trim().split(/\s+/)) if (!shares.has(word)) shares.set(word, share);
}

/** The share of stories, 0..1, that hold this form in general; 0: a rare word. */
export function commonness(form: string): number {
  return shares.get(form) ?? 0;
}
