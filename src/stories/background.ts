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
  [
    0.15,
    `và mới đầu lại hơn nhiều còn sau trước trên dưới ngoài nhà nước việc làm sẽ phải thể được bị do nên nếu thì mà vì theo
     cùng nhau nhất nay hôm tháng ngày giờ phút lần hai ba bốn năm sáu bảy tám chín mười trăm nghìn triệu tỷ phần chỉ bằng
     so giá tăng giảm cao thấp lớn nhỏ đường phố xe tàu công ty doanh nghiệp kinh tế xã hội chính phủ quốc gia thành tỉnh
     huyện xã phường dân cho biết nói anh chị bà em con cháu gia đình học sinh viên trường thị trường sản xuất bán mua hàng
     đồng tiền vốn đầu tư dự án xây dựng đất cây sông biển bờ núi trời mưa nắng gió tối sáng chiều đêm tuần thứ nhật tuyến
     chuyến đi tới giữ mất khu vùng nơi chỗ chủ nhiệm tịch trung tâm cơ quan hội đoàn đội trận thắng thua bóng đá chơi

     خلال حيث بعض كل أي غير منذ حتى عند لدى نحو أكثر أقل أول ثاني جديد جديدة كبير كبيرة عام عاما سنة سنوات شهر يوم يوما اليوم
     أمس ساعة دقيقة مليون ألف مئة واحد اثنين ثلاثة أربعة خمسة عشرة الرئيس رئيس الحكومة وزير الوزارة وزارة الدولة دولة
     مدينة المدينة منطقة المدن الناس شركة الشركة سوق السوق العمل عمل مشروع المشروع خطة أسعار سعر ارتفاع انخفاض زيادة بين
     يتوقع أعلن أعلنت قالت وأضاف أضاف أوضح ذكر تم يتم كانت يكون ليس لكن ولكن أما كذلك أيضا هناك هنا تلك ذلك الذين الثاني`,
  ],
  [
    0.025,
    `hour minute second side line kind sort thing word name hand eye face head foot body voice story letter page paper
     card ticket seat table door window floor wall roof room square corner bridge tunnel path hill valley mountain river
     lake sea coast beach island harbour harbor port dock boat ferry vessel truck lorry bus tram bike cyclist driver
     passenger rider traveller tourist visitor crowd queue crew captain engineer builder worker staff job union strike
     wage salary pension tax budget loan debt rate inflation profit revenue sale buyer seller customer consumer trader
     investor stock shares bond index bank insurer insurance premium fee charge cash dollar euro pound crop farm farmer
     field wheat rice grain fish fishing forest tree plant garden animal dog cat bird rain snow ice wind cloud sun heat
     cold weather season spring summer autumn winter evening noon midnight weekend birthday century decade age youth
     teenager adult parent mother father son daughter brother sister wife husband friend neighbour neighbor resident
     villager town mayor council councillor commissioner deputy secretary president premier parliament senate congress
     assembly lawmaker vote voter ballot election poll campaign referendum coalition opposition candidate bill act rule
     ruling regulation regulator judge jury lawyer prosecutor charge trial sentence prison jail crime suspect victim
     witness evidence investigation investigator inquiry detective officer gun shooting knife robbery theft fraud arrest
     soldier troop weapon missile bomb blast explosion border refugee migrant peace truce ceasefire treaty agreement
     sanction embassy ambassador diplomat summit doctor nurse patient disease virus vaccine drug cancer surgery test
     teacher pupil class college degree professor laboratory lab experiment sample theory planet space star moon rocket
     satellite robot machine engine battery chip device app software screen camera sensor signal network website user
     data computer phone email message password account bridge dam gas coal solar nuclear fuel carbon emission climate
     pollution waste plastic metal steel copper gold glass wood stone brick concrete factory plant mine warehouse store
     supermarket shop restaurant cafe kitchen meal bread coffee tea wine beer water milk meat chicken vegetable fruit
     theatre theater stage actor actress director singer band song album concert museum gallery artist painting poet
     poetry novel author library reader writer journalist newspaper magazine television radio channel episode series
     festival prize award medal champion championship league tournament match goal point score striker defender keeper
     manager fan stadium race runner marathon relay round half victory defeat title crown ring wedding funeral church
     chapel temple mosque bell lamp light dark colour color red green blue white black amber deep wide long short tall
     small tiny huge vast heavy light fast slow quick early late young new fresh rare common ordinary free full empty
     open closed shut ready safe dangerous warm cool wet dry quiet loud strong weak rich poor cheap expensive dear dead
     alive true false wrong clear certain likely possible difficult easy simple hard famous popular private single
     double whole third fourth fifth quarter hundredth dozen couple hundred tonne ton kilo kilometre kilometer mile
     metre meter foot inch hectare acre litre degree pound penny cent share amount figure total average size length
     height depth width speed weight age count list map chart table plan design drawing idea reason cause effect result
     answer question doubt fear hope wish dream memory promise demand offer order request proposal measure step stage
     attempt effort test check search hunt visit trip journey tour holiday ride walk run crossing arrival departure
     delay return reopen open close shut stop hold keep stay stand sit lie sleep wake eat drink cook wash wear carry
     bring send give hand throw catch drop push pull lift turn move cross climb land sail swim drive fly board arrive
     leave lose find seek hide show tell ask answer speak talk write read hear listen watch notice learn teach train
     study know think believe feel like love hate fear hope expect plan decide choose pick agree refuse accept allow ban
     force press urge order warn promise claim deny admit confirm reveal report publish launch found create make build
     grow plant raise cut reduce drop lower increase double expand extend replace repair mend clean fill empty mix join
     split divide share spread cover protect save spend buy sell rent lend borrow owe earn win beat lead follow reach
     pass fail miss hit strike break burn blow fall sink rise float drift happen become remain last begin finish`,
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
