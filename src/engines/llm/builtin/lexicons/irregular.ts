/** Irregular forms and their base; each line "base form form …". */
const FORMS = `be is are was were been am being|have has had|do does did done|go went gone goes|write wrote written|build built|make made|
take took taken|give gave given|get got gotten|come came|see saw seen|know knew known|find found|think thought|tell told|become became|show shown|
leave left|feel felt|bring brought|begin began begun|keep kept|hold held|stand stood|hear heard|let let|mean meant|set set|meet met|run ran|
pay paid|sit sat|speak spoke spoken|lead led|grow grew grown|lose lost|fall fell fallen|send sent|win won|teach taught|buy bought|sell sold|
spend spent|eat ate eaten|drink drank drunk|drive drove driven|fly flew flown|draw drew drawn|break broke broken|choose chose chosen|rise rose risen|
throw threw thrown|wear wore worn|sing sang sung|swim swam swum|ride rode ridden|shoot shot|sleep slept|fight fought|catch caught|
lie lay lain|die died dead death|steal stole stolen|freeze froze frozen|hide hid hidden|understand understood|say said|ship shipped shipping shipment|
child children|person people persons|man men|woman women|foot feet|tooth teeth|mouse mice|analysis analyses|datum data|criterion criteria|
life lives|wife wives|knife knives|leaf leaves|half halves|company companies|city cities|country countries|party parties|
high height|long length|wide width|deep depth|strong strength|weigh weight weighs weighed|arrive arrival arrived arrives|depart departure departed departs|
decide decision decided|produce production producer producing|approve approval approved|refuse refusal refused|deliver delivery delivered deliveries|
discover discovery discovered|grow growth|invent inventor invention invented|employ employee employees employer employed employs|found founder founders founded founding|
manage manager management managed manages|pay payment payments|own owner owns owned|invest investment investor invested|sign signature signed|
marry marriage married|fail failure failed|close closure closed closes closing|please pleasure|move moved|direct director directed|create creator creation created|
compose composer composition composed|design designer designed|lose loss losses|sell sale sales|believe belief|prove proof|choose choice|
expire expiry expiration expires expired|renew renewal renewed|inspect inspection inspector inspected|elect election elected|attend attendance attendee attendees attended|
propose proposal proposed|survive survival|announce announcement announced|appoint appointment appointed|complete completion completed|
acquire acquisition acquired|merge merger merged|retire retirement retired|warm warmth|true truth|refer referral referred|describe description|
receive receipt received|explode explosion exploded|collide collision collided|cancel cancellation cancelled canceled|measure measurement measured measures|
inherit inheritance|argue argument|paint painter painting painted|teach teacher|farm farmer|bake baker bakery baked|visit visitor visitors visited`;

/** Each inflected or derived form with its base. */
export const BASE_FORMS = new Map<string, string>();
for (const entry of FORMS.replaceAll('\n', '').split('|')) {
  const [base = '', ...forms] = entry.trim().split(/\s+/);
  if (!BASE_FORMS.has(base)) BASE_FORMS.set(base, base);
  for (const form of forms) if (!BASE_FORMS.has(form)) BASE_FORMS.set(form, base);
}
// "found" is the base of "founded" more often than the past of "find" in the texts that people ask about; both meanings are kept apart
// by "founded" alone carrying the first.
BASE_FORMS.set('found', 'find');
for (const form of ['founded', 'founder', 'founders', 'founding']) BASE_FORMS.set(form, 'founded');
