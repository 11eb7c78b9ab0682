/** Groups of words that answer for each other in questions; a phrase of several words is joined with "_". */
const GROUPS = `founded establish create start launch set_up begin inception form incorporate open
start begin commence open launch kick_off onset
end finish conclude complete close terminate expire stop
ceo chief_executive chief_executive_officer run lead head
cfo chief_financial_officer finance_chief
cto chief_technology_officer technology_chief
coo chief_operating_officer
boss manager head leader lead chief supervisor director in_charge run manage oversee supervise
price cost fee charge rate tariff sell_for priced pay how_expensive
abroad international internationally overseas foreign
window period limit deadline
capacity size
crew sailors team staff
coach train trainer
supply provide power serve enough
buy purchase acquire procure bought
location city place town venue where
date when day
time when
organizer organiser host
set_sail set_off depart leave sail
score result beat
voyage journey trip expedition
sell sold retail market
acquire buy take_over takeover purchase
live reside residence home dwell inhabit
employee staff worker workforce headcount personnel employ team_member people_work
salary pay wage earn compensation remuneration
locate base headquarter situate site place lie address
headquarter headquarters base main_office head_office
make manufacture produce build assemble fabricate
build construct erect complete built
author write writer pen novelist
invent inventor devise develop pioneer create conceive
discover find uncover detect identify
develop create design engineer
design designer architect draw_up draw_the_plans
architect design draw_the_plans
paint painter artist portray
compose composer score
direct director filmmaker
child kid offspring son daughter
husband wife spouse partner marry wed
father dad parent
mother mum mom parent
sister brother sibling
doctor physician surgeon medic gp
lawyer attorney solicitor counsel
teacher instructor professor tutor lecturer teach
student pupil learner
car automobile vehicle auto
truck lorry
plane aircraft airplane jet
ship vessel boat
house home dwelling residence
shop store outlet boutique retailer
big large huge vast great size
small little tiny compact
fast quick rapid speed swift
slow sluggish
happy glad pleased delighted satisfied
sad unhappy upset
angry furious irate
old age aged
age old years_old how_old
tall height high how_tall how_high
deep depth how_deep
wide width breadth broad how_wide
long length duration last take how_long
heavy weight weigh mass how_heavy
distance far mile kilometre kilometer km how_far
large area size cover span how_large how_big
often frequency frequent every how_often
temperature degree warm hot cold celsius fahrenheit
speed fast velocity pace how_fast km/h mph
revenue turnover sales income
profit earnings net_income gain surplus
loss deficit lose
budget fund funding allocate
money fund cash
money_raised raise raised funding round fundraise
investor invest backer back
customer client buyer shopper consumer
supplier vendor provider seller
order purchase request
ship dispatch send deliver shipment shipping
deliver arrive delivery arrival ship
return refund send_back
refund reimburse money_back repay
guarantee warranty guaranteed
cancel call_off abandon scrap
delay postpone defer put_off
begin_date start_date
deadline due due_date by_the_latest cut-off
meet meeting conference gathering
event conference festival ceremony happen take_place held hold occur
hold held take_place happen occur host stage
win victory champion prize award
award prize medal honour honor
win beat defeat
cause_of_death die_of
die death pass_away perish dead
born birth birthplace native birthday
kill murder slay
injured hurt wounded injury casualty
study major degree graduate attend read
university college alma_mater school
graduate degree diploma
job occupation profession work position role post career
job_title title role position
work employ employed
hire recruit appoint
fire dismiss lay_off sack
resign quit step_down leave depart retire
leave depart departure set_off go
arrive reach get_to land arrival
phone telephone call tel mobile contact
email e-mail mail contact
address street location
website url site homepage web_page
population inhabitant resident people live
capital seat_of_government
currency money
language tongue speak spoken
religion faith
colour color hue paint shade
sick ill unwell disease
illness disease sickness condition
medicine drug medication remedy
cure treat treatment remedy therapy
symptom sign
cause reason why because due lead result
result outcome consequence effect
problem issue trouble fault defect error bug
fix repair mend resolve solve
broken faulty defective damaged
error fault mistake
improve enhance upgrade boost better
increase rise grow growth raise climb jump up
decrease fall drop decline reduce shrink cut down
begin_work start_work
goal aim objective purpose target
purpose goal intend function
plan intend schedule propose
schedule timetable plan
allow permit let able may
forbid ban prohibit disallow not_allow
require need must mandatory compulsory necessary
include contain comprise consist incorporate
consist comprise compose made_of make_up include
material made_of fabric
ingredient component contain
capacity hold seat accommodate maximum fit
seat capacity accommodate
maximum max most limit up_to cap
minimum min least at_least
average mean typical
total sum overall altogether combine
owner own possess belong proprietor
own possess belong
member belong participant
participant attendee entrant attend visitor people
visitor guest attendee tourist attend
train railway rail
flight fly plane
hotel accommodation inn lodging
room chamber
food meal dish cuisine
drink beverage
password credential
sign signature
agreement contract deal
law rule regulation legislation
rule policy regulation
policy rule
war conflict battle
army military troops
police officer cop
crime offence
river stream waterway
mountain peak summit hill
ocean sea
animal creature species
species kind
plant flower tree
scientist researcher
research study investigate
test exam trial examine
measure gauge
report announce state
announce declare reveal unveil publish
publish release issue appear come_out
release launch publish come_out issue unveil
version release edition
update upgrade revise
method technique approach process way
tool instrument device
machine device equipment apparatus
power energy electricity
battery cell
storage memory disk
computer pc laptop machine
software program application app
website web_site
user account customer
name call entitle title known
title name
nickname known_as call
date day when
month when
year when
time hour when
opening_hours hours open opening
open opening
morning am
evening pm night
weekend saturday sunday
yearly annual annually per_year each_year every_year
monthly per_month every_month
weekly per_week each_week every_week
daily per_day every_day each_day
discount reduction off rebate saving
free complimentary no_charge without_charge
tax vat
invoice bill
payment pay paid
bank lender
loan mortgage credit
share stock equity
donate gift contribute give donation
help assist support aid
support help assist
contact reach get_in_touch call
ask request inquire
answer reply respond response
show display exhibit
choose select pick opt
change alter modify amend
replace substitute succeed swap
succeed successor follow replace take_over
predecessor precede before
use utilise utilize apply
remove delete eliminate
add append insert
send transmit dispatch mail
register sign_up enrol enroll subscribe join
receive get obtain award win
keep retain store
store keep retain
protect guard secure
attack assault
destroy demolish ruin
damage harm
grow cultivate farm
feed eat diet
eat diet consume feed
live_in habitat found_in inhabit
important key main significant crucial
main primary principal chief
famous well-known renowned known
responsible in_charge accountable handle
handle responsible deal_with
travel journey trip go
park garden
road street avenue
bridge crossing span
tower skyscraper
museum gallery
stadium arena
film movie
book novel
song track
team squad club
game match
player athlete
coach trainer
score goal
season year
engine motor
fuel petrol gas diesel
range distance
weigh weight
partner ally collaborate
competitor rival
inspect check examine audit
check inspect verify
approve authorise authorize accept sign_off
reject decline refuse deny turn_down
vote elect ballot
mayor city_head
president head_of_state
parent father mother
friend companion
dog puppy hound
cat kitten
pet dog cat
grant award fund
scholarship grant
project programme program initiative
department division unit
office bureau
branch office location
warehouse depot
factory plant facility
invited guest
speaker speak talk present keynote
talk speech lecture
course class lesson module
exam test
grade mark score
mileage distance
rent lease let
tenant renter lessee
landlord lessor owner
deposit down_payment
notice notification
penalty fine
hazard danger risk
safe secure safety
emergency urgent
quantity amount count number qty
sku item_number product_code
product item good article
brand make
model version
serial serial_number
destination going_to bound
origin from departure
passenger traveller traveler rider
ticket fare
luggage baggage bag
parking car_park
pool swimming
breakfast meal
check-in check_in arrival
check-out check_out departure
vegetarian meat-free
size dimension
colour_of color
feature offer function
benefit advantage perk
disadvantage drawback downside
vacation holiday leave
holiday vacation day_off
sick_leave illness
remote home work_from_home
insurance cover coverage
cover insure include
expire valid expiry
valid validity expire
storey floor story level
floor storey level`;

/** Stem-like key (base form, see `words.ts`) to the numbers of the groups that it is in; filled by `words.ts`, which knows stems. */
export const SYNONYM_GROUPS: string[][] = GROUPS.split('\n').map((line) => line.trim().split(/\s+/));

/** Opposites, for yes/no questions: "Is it open?" against "It is closed". */
export const ANTONYMS: [string, string][] =
  `beat lose|win lose|open closed|allow forbid|allowed prohibited|allowed forbidden|permitted prohibited|permit ban|free paid|
rise fall|increase decrease|win lose|accept reject|approve reject|include exclude|included excluded|hot cold|new old|big small|
large small|fast slow|cheap expensive|early late|public private|safe dangerous|male female|indoor outdoor|available unavailable|
active inactive|enabled disabled|full empty|vegetarian meat|left right|up down|optional mandatory|optional required|possible impossible|legal illegal|
successful unsuccessful|present absent|alive dead|wet dry|strong weak|success failure|pass fail|delayed punctual|profit loss|gain loss|temporary permanent|
refundable non-refundable|waterproof leaky|online offline|domestic international|arrive depart`
    .replaceAll('\n', '')
    .split('|')
    .map((pair) => {
      const [one = '', other = ''] = pair.trim().split(' ');
      return [one, other];
    });
