import { stem } from '../words/stem.ts';

/** Words and phrases that say the same in a statement, each line one meaning; the first names it. */
const SAME = `
return send_back take_back give_back bring_back sending_back goods_back
free free_of_charge cost_nothing no_charge at_no_cost without_charge without_cost get_in_free no_fee complimentary gratis pay_nothing
include included contain comprise come_with part_of have_in encompass
begin start commence open_with launch kick_off onset
end finish conclude stop close_down complete terminate over expire
buy purchase acquire procure
sell vend market
make produce manufacture build create construct develop put_together
show display exhibit present
help aid assist support
need require must have_to necessary call_for
allow permit let can may able possible enable
forbid prohibit ban bar
big large huge vast major great sizable
small little tiny minor compact slight
fast quick rapid swift speedy
old aged ancient elderly
new recent modern novel fresh
near close_to beside next_to adjacent
about roughly approximately around circa some nearly almost
say state tell declare announce report note explain according according_to mention
think believe consider expect
rise increase grow climb go_up gain surge jump raise higher
fall decrease drop decline go_down shrink sink lower reduce cut
get receive obtain gain earn
give hand provide supply grant offer deliver issue
live reside dwell inhabit
work employ job
employee worker staff staff_member workforce personnel
company firm business enterprise corporation
boss manager head leader chief director supervisor run
chief_executive ceo chief_executive_officer
finance_chief cfo chief_financial_officer
check inspect examine test verify audit review
abolish end remove scrap no_longer
cross pass drive_over use go_over
stay remain keep stick
well healthy recover fit
type kind sort
create form make
dismiss fire sack lay_off
read study
bring carry transport take_along
change alter modify vary
stop halt cease pause
continue go_on proceed keep_on
reach arrive get_to
require demand
obtain acquire
try attempt
happen occur take_place
choose select pick elect
refuse decline reject turn_down
answer solve
hurt injure harm wound
destroy ruin wreck demolish
rescue save
search look_for seek
share split divide
connect link join
border adjoin
popular best-selling best-loved favourite well-liked
important key main chief central principal
difficult hard tough
simple easy
cheap inexpensive low-cost affordable
expensive costly dear
beautiful pretty lovely
empty vacant
whole entire complete full
enough sufficient
correct right accurate
famous well-known renowned noted
secret hidden confidential
possible feasible
bank lender
police officer
field area
team crew
flat apartment
lift elevator
autumn fall
photo picture image
film movie
mistake error fault
reason cause why
result outcome effect
goal aim target objective
part section piece portion
group band
member participant
race contest competition
prize award
birth born
marry wed wedding
father dad
mother mum mom
light mild slight gentle weak
strong powerful intense severe
heat warm
freeze frozen
sail boat
bake baking bakery baker
smoke smoking
reception front_desk desk
check_in check-in arrive
check_out check-out leave
work_from_home home_office remote remotely telework
find discover detect spot identify locate
locate stand lie situate based be_found place
found establish set_up create start launch
invent devise develop
lead run head direct manage
win beat defeat victory triumph
lose defeated
kill slay murder
die pass_away death dead
child kid minor pupil
adult grown-up grown_up
doctor physician
medicine drug medication
illness disease sickness
ill sick unwell
house home building residence
car vehicle automobile
plane aircraft airplane
ship vessel boat
road street route way
trip journey travel ride voyage
ticket fare admission entry entrance
price cost charge fee rate tariff amount
pay spend
pay cost price charge admission fee
money cash fund
dog hound
welcome allow accept permitted
parking car_park park_your_car parking_space garage
breakfast morning_meal
room chamber
staff crew team
match game contest
goal score
year annum annual yearly annually per_year a_year
month monthly per_month a_month
week weekly per_week a_week
day daily per_day a_day everyday each_day
hour hourly
carry_over carry_forward roll_over transfer
approve authorize sign_off accept
request application ask apply
leave holiday vacation time_off
storage space memory
encrypt cipher scramble
upload send_up transfer
device machine appliance equipment unit apparatus
phone telephone smartphone mobile
answer reply respond response
question query
customer client buyer
user member
open accessible
hold contain store have_room_for take capacity
boil cook
switch_off turn_off shut_off power_off
switch_on turn_on power_on
water liquid
weigh weight heavy mass
tall high height
long length last
wide width broad
deep depth
eat feed consume diet live_on feed_on
lay produce
sit_on incubate brood
spouse partner mate
go_around orbit circle revolve
planet world
star sun
laboratory lab
patent licence
write author pen compose
book volume
teach instruct
learn study
student pupil
school academy
country nation state
city town municipality
people person inhabitant resident citizen
population number_of_people
area surface region
language tongue
many numerous several
most majority
few handful
half fifty_percent
double twice two_times twofold
triple three_times threefold
once one_time
quarter fourth three_months
guarantee warranty
order purchase
parcel package shipment delivery
ship send dispatch deliver mail post
post mail postage by_post
refund reimburse money_back pay_back repay
broken damaged defective faulty
repair fix mend
replace exchange swap
cancel call_off
delay postpone late
early ahead_of_time
fixed constant unchanged set
interest rate
loan credit
account
pensioner retiree senior
rule regulation
law act statute
contract agreement
sign
war conflict
army military troops
leader ruler
king monarch
fire blaze
storm tempest
rain rainfall
snow
hot warm heated
cold cool chilly
side_effect adverse_effect
dose dosage
tablet pill
allergic allergy
avoid
common frequent usual widespread
rare uncommon infrequent seldom
mainly mostly chiefly primarily mainly_on
only solely exclusively just
also too as_well in_addition additionally
because since due_to owing_to reason
drive cause push lead_to result_in bring_about
quarterly
revenue turnover sales income
profit earnings gain
flat unchanged stable
factory plant works
headquarters head_office based
watch view see attend spectator
visit tour
former ex previous once
garden yard
floor storey level
top upper highest
ground bottom lowest
view look
river stream
sea ocean
mountain peak
forest wood
old_town historic_centre old_quarter
station railway_station train_station
every each all
working_day weekday business_day
weekend
store keep
below under less_than up_to at_most no_more_than maximum beneath
above over more_than at_least no_less_than minimum exceed
within inside during
use utilize employ
name call
plan intend will
improve better enhance
worse worsen deteriorate
safe secure
danger risk hazard
quickly fast
proof evidence
identity_card id
address
protect guard
retire step_down
successor
sell_to
street road
bear carry
south
return come_back go_back
lid cover top
body casing housing
steel metal
app application program software
browser web
colour color
`;

/** Opposites: where all else agrees, one for the other turns a statement into its contrary. */
const OPPOSITES = `rise fall|increase decrease|up down|open closed|open close|before after|more less|more fewer|many few|high low|higher lower|big small|large small|long short|
hot cold|warm cool|early late|first last|old new|young old|cheap expensive|free pay|free paid|free charge|free cost|free price|allow forbid|allowed forbidden|possible impossible|include exclude|
win lose|buy sell|begin end|start stop|above below|over under|inside outside|north south|east west|left right|male female|man woman|mother father|
husband wife|brother sister|son daughter|king queen|accept reject|approve reject|agree disagree|love hate|like dislike|safe dangerous|strong weak|easy difficult|
easy hard|fast slow|light heavy|empty full|wet dry|dark bright|public private|always never|often rarely|often seldom|common rare|everyone nobody|all none|
same different|true false|right wrong|alive dead|present absent|permanent temporary|voluntary mandatory|optional mandatory|optional required|legal illegal|
gain lose|profit loss|import export|arrive depart|enter leave|succeed fail|success failure|pass fail|push pull|raise lower|expand shrink|improve worsen|
better worse|best worst|maximum minimum|most least|at_least at_most|fixed variable|fixed change|married single|guilty innocent|healthy ill|positive negative|
winter summer|morning evening|day night|adult child|front back|top bottom|ground top|ground second|second top|credit debit|lend borrow|teach learn|
attack defend|employ dismiss|hire fire|both only|all only|both one|paid unpaid|used unused|online offline|wireless wired|male both|female both|available unavailable|
welcome banned|growth decline|grow shrink|ascend descend|advantage disadvantage|friend enemy|victory defeat|sunrise sunset|daily weekly|weekly monthly|
monthly yearly|daily monthly|daily yearly|weekly yearly|indoor outdoor|deny confirm|hide reveal|remember forget|lock unlock|connect disconnect|active inactive|
enable disable|visible invisible|complete incomplete|dependent independent|equal unequal|fair unfair|happy sad|able unable|known unknown|usual unusual`;

const key = (phrase: string): string =>
  phrase
    .split('_')
    .map((word) => stem(word))
    .join('_');

const groups = new Map<string, Set<number>>();
const phraseStarts = new Map<string, string[][]>();
for (const [group, line] of SAME.trim().split('\n').entries()) {
  for (const entry of line.trim().split(/\s+/)) {
    const made = key(entry);
    groups.set(made, (groups.get(made) ?? new Set()).add(group));
    const parts = made.split('_');
    if (parts.length > 1) phraseStarts.set(parts[0]!, [...(phraseStarts.get(parts[0]!) ?? []), parts]);
  }
}
const opposites = new Map<string, Set<string>>();
for (const pair of OPPOSITES.split('|')) {
  const [one, other] = pair.trim().split(/\s+/).map(key) as [string, string];
  opposites.set(one, (opposites.get(one) ?? new Set()).add(other));
  opposites.set(other, (opposites.get(other) ?? new Set()).add(one));
}

/** The longest phrase of the thesaurus that begins at an index, as its stems. */
export function phraseAt(stems: readonly string[], at: number): string[] | undefined {
  let best: string[] | undefined;
  for (const parts of phraseStarts.get(stems[at]!) ?? []) {
    if (parts.length > (best?.length ?? 1) && parts.every((part, offset) => stems[at + offset] === part)) best = parts;
  }
  return best;
}

/** Whether two stems or phrases say the same. */
export function synonymous(one: string, other: string): boolean {
  const mine = groups.get(one);
  const others = mine && groups.get(other);
  return others !== undefined && [...mine!].some((group) => others.has(group));
}

/** Whether two stems or phrases are opposites, as they stand or by their prefix (able, unable). */
export function opposite(one: string, other: string): boolean {
  if (opposites.get(one)?.has(other)) return true;
  const [short, long] = one.length < other.length ? [one, other] : [other, one];
  return (
    short.length >= 4 &&
    (long === `un${short}` ||
      long === `in${short}` ||
      long === `im${short}` ||
      long === `dis${short}` ||
      long === `non-${short}`)
  );
}

const CONVERSE = new Set(
  [
    'buy sell',
    'lend borrow',
    'teach learn',
    'give receive',
    'send receive',
    'win lose',
    'hire work',
    'parent child',
    'husband wife',
    'lead follow',
  ].map((pair) =>
    pair
      .split(' ')
      .map((word) => stem(word))
      .sort()
      .join(' '),
  ),
);

/** Whether two stems tell one event from its two sides: A sells to B what B buys from A. */
export const converse = (one: string, other: string): boolean => CONVERSE.has([one, other].sort().join(' '));
