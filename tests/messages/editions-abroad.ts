import type { Revision } from '../../src/editions/revision.ts';
import { itemOf, newsletterOf, revisionOf } from './fixtures.ts';

/** An edition written from right to left, with one story in English. */
export function arabicEdition(): Revision {
  const items = [
    itemOf({
      place: 'lead',
      language: 'ar',
      section: 'العالم',
      headline: 'أحد عشر ميناء تتفق على صندوق واحد لمواجهة الفيضانات',
      summary:
        'تدفع مدن من أبردين إلى بريمرهافن في صندوق واحد لبناء بوابات تصد العواصف. وينهي ذلك عشر سنوات تنافست فيها كل مدينة مع جاراتها على المهندسين أنفسهم. ولا يجدد المؤمنون تغطية الموانئ إلا حيث دُفع ثمن الحماية. ويضم الصندوق حتى الآن خمسي ما تحتاج إليه الخطة.',
      sourceName: 'وكالة المرفأ',
      alsoReportedBy: ['Rail Weekly'],
      picture: { url: 'https://img.example/lead.jpg', alt: 'بوابات بحرية عند الفجر', credit: 'A. Maas' },
    }),
    itemOf({
      language: 'ar',
      section: 'العالم',
      headline: 'عودة القطارات الليلية بين لشبونة ومرسيليا',
      summary: 'تنطلق ثلاث رحلات في الأسبوع من مارس، والأسرّة من 59 يورو.',
      sourceName: 'Rail Weekly',
      picture: { url: 'https://img.example/train.jpg', alt: 'قطار ليلي فوق جسر', credit: null },
    }),
    itemOf({
      language: 'en',
      section: 'العالم',
      headline: 'Andean farmers win ruling on glacier water (final)',
      summary:
        'A court in Huaraz gave four villages first call on the melt. Two mines must now buy water by the month.',
      sourceName: 'Correo de la Sierra',
    }),
    itemOf({
      language: 'ar',
      section: 'الاقتصاد',
      headline: 'شركة رقائق تفصل ذراع التغليف لطمأنة المشترين',
      summary: 'تبدأ الشركة الجديدة بتسعة آلاف موظف ومصنعين ومن دون ديون.',
      sourceName: 'السوق والتجارة',
    }),
    itemOf({
      place: 'more',
      language: 'ar',
      section: 'العالم',
      headline: 'إشبيلية تظلل ساحاتها بالأشرعة',
      summary: '',
      sourceName: 'City Desk',
    }),
    itemOf({
      place: 'more',
      language: 'en',
      section: 'العالم',
      headline: 'A lighthouse keeper’s logbooks give a century of fog',
      summary: '',
      sourceName: 'Coast Quarterly',
    }),
  ];
  return revisionOf(items, {
    newsletter: newsletterOf({
      slug: 'sabah',
      name: 'دفتر المرفأ',
      from: 'دفتر المرفأ <digest@news.example>',
      postal_address: '12 شارع الرصيف، الإسكندرية',
      language: 'ar',
      time_zone: 'Africa/Cairo',
      sections: ['العالم', 'الاقتصاد'],
    }),
  });
}

/** An edition in Vietnamese: Latin letters with many marks. */
export function vietnameseEdition(): Revision {
  const items = [
    itemOf({
      place: 'lead',
      language: 'vi',
      section: 'Thế giới',
      headline: 'Mười một cảng cùng góp một quỹ chống lũ',
      summary:
        'Các thành phố từ Aberdeen đến Bremerhaven sẽ góp vào một quỹ chung để xây cửa chắn bão. Mười năm các thành phố tranh nhau cùng một nhóm kỹ sư nay khép lại.',
      sourceName: 'Tin Cảng Biển',
      picture: {
        url: 'https://img.example/lead.jpg',
        alt: 'Cửa biển lúc bình minh',
        credit: 'Tin Cảng Biển',
      },
    }),
    itemOf({
      language: 'vi',
      section: 'Thế giới',
      headline: 'Tàu đêm Lisbon – Marseille chạy trở lại',
      summary: 'Mỗi tuần ba chuyến từ tháng Ba, giường nằm từ 59 euro.',
      sourceName: 'Đường Sắt',
    }),
    itemOf({
      language: 'vi',
      section: 'Kinh tế',
      headline: 'Hãng chip tách mảng đóng gói để trấn an khách hàng',
      summary: 'Công ty mới có 9.000 nhân viên, hai nhà máy và không có nợ.',
      sourceName: 'Thị Trường',
    }),
    itemOf({
      place: 'more',
      language: 'vi',
      section: 'Thế giới',
      headline: 'Seville che bóng quảng trường bằng cánh buồm',
      summary: '',
      sourceName: 'Đô Thị',
    }),
  ];
  return revisionOf(items, {
    newsletter: newsletterOf({
      slug: 'sang',
      name: 'Nhật Báo Bến Cảng',
      from: 'Nhật Báo Bến Cảng <digest@news.example>',
      postal_address: '12 đường Bến Cảng, Đà Nẵng',
      language: 'vi',
      time_zone: 'Asia/Ho_Chi_Minh',
      sections: ['Thế giới', 'Kinh tế'],
    }),
  });
}
