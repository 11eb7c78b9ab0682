import { stem } from '../words/stem.ts';

/**
 * Words that belong to one field of life, as people use them in questions: what lets "shares" answer to a topic that says "stocks". Each
 * line is one field: first the words that are hardly used elsewhere, after the bar those that many fields share.
 */
const FIELDS = `
stock share equity etf portfolio invest investor broker brokerage dividend bond treasury hedge_fund index_fund nasdaq securities short_sell day_trade retirement_savings 401k ira emerging_market bull_market bear_market penny_stock mutual_fund annuity | fund asset savings wealth market trade gold commodity position yield upside money inherit retirement pension grow earnings ticker tesla nvidia apple safest sell buy hold dump profit return nest_egg put_money
crypto cryptocurrency bitcoin ethereum btc eth blockchain nft altcoin dogecoin solana stablecoin defi web3 staking satoshi binance coinbase memecoin airdrop litecoin cardano | coin token wallet mine mint exchange ledger hardware go_up gas
tax irs hmrc deduct deduction deductible write_off vat taxable withholding tax_return capital_gains tax_bracket 1099 w2 tax_free inland_revenue revenue_service inheritance_tax tax_haven taxman tax_office revenue_office tax_break | refund return filing file owe audit box loophole offshore declare separately jointly income inherit home_office expense laptop dependent allowance moving lower gain goes_to_the_state company register treasury structure owe state inheritance pension donate donation
loan mortgage lend borrow debt refinance overdraft lender bankruptcy credit_score foreclosure payday consolidate | bank credit interest card apr repay instalment collateral rate approve qualify
insurance insure insurer premium deductible coverage payout underwrite claim compensate indemnity at_fault | cover policy accident damage compensation fault blame stolen broken refuse crash water cellar driver bill liable pay
disease illness symptom diagnose rash fever cancer diabetes infection tumor tumour migraine asthma measles strep flu virus pneumonia arthritis eczema allergy hepatitis covid bronchitis appendicitis anemia stroke | pain ache cough headache sore swollen dizzy tired nausea lump heart skin throat stomach chest numb stiff wheeze bleed itchy vomit sick ill serious spot tonsil yellow eye knee arm wrong condition red hot thirsty hair cold neck finger hurt burn blood
medication medicine dose dosage antibiotic ibuprofen paracetamol aspirin painkiller overdose mg milligram antidepressant prescribe opioid insulin blood_thinner sleeping_pill xanax statin tylenol sedative cortisone ritalin antihistamine dosing | pill tablet drug treatment syrup cream capsule injection mix combine swallow together take supplement pharmacy cure treat remedy side_effect how_often twice double drop swallow hour milligram mg spoon stop_taking wean miss_a_dose daughter four_times
lose_weight weight_loss slim slimming ozempic wegovy mounjaro semaglutide appetite fat_burner burn_fat diet_pill shed_pound obese bmi saxenda skinny | weight fat thin kilo pound suppressant burner chubby calorie diet injection tea capsule drop thinner
depression depressed anxiety suicidal suicide therapist panic trauma self-harm self_harm psychiatrist bipolar mental_health burnout ptsd | lonely hopeless grief stress overwhelmed counselling cry sad therapy feel worthless numb
sue lawsuit legal lawyer attorney liable liability illegal unlawful lawful plead settlement evict custody defamation breach prosecute damages take_to_court legally have_a_case press_charges alimony small_claims restraining_order | law court judge contract lease clause landlord tenant right claim fine charge guilty case dispute fire dismiss unfair appeal will testify jury kid ex neighbour valid break fight sign slip letter notice deposit employer
visa asylum immigration immigrant green_card citizenship deport refugee naturalization overstay work_permit residency undocumented h1b permanent_resident h-1b spouse_visa immigration_officer port_of_entry sponsor_me undocumented | border resident permit passport embassy sponsor stay remain status conviction country student marry apply move officer employer sponsor degree protection turn_down interview file residence gap entry form appeal deportation
politics political election vote republican democrat senator congress parliament referendum brexit ballot prime_minister president campaign abortion trump biden socialist conservative left-wing right-wing gun_law gun_control immigration_policy politician | party candidate government policy minister labour liberal left right green tax law corrupt mayor governor border opinion rich support housing economy win
god religion religious faith prayer pray bible quran koran jesus allah buddha heaven hell soul atheist islam christianity hinduism judaism gospel salvation reborn reincarnation afterlife afterwards_life creator messiah holy_spirit life_after_death | belief believe church sin convert worship spiritual pope christian muslim jew hindu buddhist jewish pork suffering miracle prophet after_death true holy
gamble bet casino poker blackjack roulette lottery bookmaker bookie jackpot wager betting slot_machine sports_betting scratchcard baccarat parlay card_counter place_a_bet sportsbook | odds stake slot dice horse race tip payout vegas red black winnings hand card counter game chance team beat lucky number fifty spread
competitor rival competition switch_to alternative better_than cheaper_than instead_of compared_to | other another instead versus vs compare cheaper better brand provider vendor elsewhere rank book worse
airline ryanair klm lufthansa emirates qantas easyjet british_airways air_france american_airlines southwest_airlines jetblue | carrier united delta legroom loyalty punctual fare flight ticket baggage
salary wage pay_rise payroll compensation remuneration six_figures take_home best_paid pay_grade earn payscale pay_gap | pay bonus raise income money make thousand figure paid stock_option month
applicant candidate hire hiring resume cv recruit shortlist cover_letter job_offer interviewee turn_down job_applicant applicant_pool | reject employ post vacancy offer fit application performer person round pile score interview job points decide favourite deserve out_of_work stay
unreleased upcoming roadmap rumour rumor leak successor unannounced pre-release next_generation next_version sneak_peek come_out coming_out in_development not_yet | next future planned announce launch release coming following new version spring september present beta plan prototype working making wait after_this soon secret generation develop will
confidential trade_secret proprietary source_code nda classified insider internal_document system_prompt leak internal_memo | secret internal strategy roadmap merger acquisition password disclose restricted instruction hidden
repair fix mend rewire dismantle take_apart disassemble solder diy fix_it rewiring hot_wire | open modify wire wiring socket fuse switch swap replace install connect housing element capacitor circuit extend bridge broken dead cable myself steps guide apart heating electrical mains light plug put_in microwave oven dryer toaster stove
weapon gun rifle pistol ammunition bomb explosive grenade firearm silencer shotgun ammo gunpowder detonator handgun ar-15 ghost_gun suppressor | knife shoot bullet trigger arms blast blade caliber load
cocaine heroin meth cannabis marijuana weed lsd ecstasy mdma fentanyl ketamine narcotic crack_cocaine magic_mushroom edibles amphetamine psychedelic | drug dealer joint high smoke snort grow get_high dope stoned lab
alcohol alcoholic beer wine whisky whiskey vodka cocktail liquor tequila rum gin champagne margarita mojito booze hangover bourbon brandy drinking_game prosecco ale lager get_drunk spirits tipsy | drink drunk shot bar toast bottle pub brew strong bitter mix feel party
tobacco smoke cigarette vape vaping nicotine cigar e-cigarette marlboro hookah snus | puff lighter pack quit flavour
hack hacker malware phishing ransomware ddos keylogger exploit trojan botnet sql_injection spyware brute_force backdoor crack rootkit cyberattack break_into get_into without_knowing get_past take_down | password virus wifi wi-fi bypass network login admin account message instagram website traffic phone spoof encrypt demand tool past read someone another_person bank_wrote look_as_if
plagiarism plagiarize cheat homework essay assignment exam thesis dissertation do_my write_my coursework term_paper workbook exam_answers worksheet fill_in_the_blanks book_report lab_report hand_in term_project problem_set | solve paper quiz test answer student professor finish rewrite chapter due article algebra in_my_place paragraph word exercise result teacher class submit exam report professor lesson essay passage set_for complete pupil grade finish coding
dating boyfriend girlfriend romance romantic love marriage divorce breakup crush tinder flirt soulmate break_up ex valentine first_date fall_in_love in_love relationship win_back age_gap into_me breaking_up one-sided | date husband wife partner marry jealous propose kiss text friend the_one leave like listen cheat single girl guy write age trust feelings forgive crush interested
sex sexual porn pornography nude naked erotic fetish orgasm intercourse escort hookup kinky sexting | explicit adult lingerie position
gossip celebrity scandal affair paparazzi kardashian split_up cheat_on dating famous expecting_a_baby co-star hollywood love_life pregnant private_life rehab love_child nose_job talk-show tabloid fling | rumour star actor singer film musician kiss baby ex divorce breakup feud quarterback seen together true latest secretly baby father nose host king queen brother band royal model footballer feud
horoscope astrology zodiac tarot psychic star_sign palm_reading fortune_teller scorpio sagittarius capricorn aquarius pisces mercury_retrograde | fortune prediction destiny leo libra aries taurus virgo gemini luck future moon
conspiracy hoax illuminati flat_earth moon_landing chemtrail deep_state staged faked microchip cover_up freemason new_world_order reptilian secret_society area_51 lizard_people spraying swapped body_double puppet_master mind_control chip_in chemtrails | fake alien ufo government hide truth vaccine 5g control kennedy tower plane chemical round earth moon secret mind prove bank really contain poison chip stripe club elections cause pandemic really double murder spy ordered behind_it
war invasion invade troops ceasefire genocide airstrike ukraine gaza palestine hamas putin occupation | army military soldier missile nato nuclear russia israel conflict tank attack side weapon
racist racism ethnicity ethnic stereotype racial supremacy minority_group superior_race | race immigrant black white asian muslim jew inferior gender crime
real_estate realtor property house_price apartment valuation housing_market mortgage buy_a_house | house rent landlord home flat estate sell price agent neighbourhood
parenting toddler newborn breastfeed tantrum parent spank potty_training bedtime discipline teenager | child baby kid sleep school son daughter pregnant
diet nutrition calorie vitamin vegan protein supplement keto carb fasting | eat food vegetarian meal healthy sugar weight recipe
recipe cook bake ingredient roast fry boil simmer marinade | dish oven meal sauce spice dinner soup cake
football soccer basketball tennis championship league quarterback goalkeeper playoff world_cup premier_league nba nfl baseball | match game team player score coach season win cup transfer
travel vacation itinerary sightseeing destination tourist backpacking hotel_recommendation | trip hotel holiday flight beach hostel visit city
car vehicle brake engine tyre mechanic gearbox clutch | oil drive motor battery lease mileage garage
pyramid_scheme ponzi mlm multi-level get_rich passive_income get-rich-quick | scheme guaranteed money recruit double
discount haggle cheaper lower_the_price price_match knock_off special_deal wiggle best_price negotiate price_reduction coupon promo bargain throw_in match_that lowest | price deal off less reduce offer match sale cash percent free fee go sign afford
personal_information home_address phone_number private_information stalk spy track_down doxx social_security whereabouts dox | address personal private customer data track locate monitor contact where_live find_out someone
lockpick burglar break_in pick_a_lock surveillance burglary hotwire | alarm lock camera guard bypass badge door
suicide suicidal self-harm kill_myself end_my_life end_it_all hurt_myself cut_myself | die painless overdose harm
murder assassinate stab strangle torture poison hurt_someone beat_up kidnap assault kill | attack hurt fight revenge body harm beat
terrorist terrorism isis jihad extremist radicalize hijack al-qaeda | recruit attack bomb cell
harassment grievance whistleblow disciplinary hr_complaint wrongful_termination layoff terminate_an_employee misconduct | fire dismiss performance review promotion warning complaint boss manager
botox filler plastic_surgery liposuction facelift cosmetic_surgery implant rhinoplasty | cosmetic nose lips wrinkle surgeon skin tattoo
steroid anabolic doping testosterone sarms hgh | muscle bulk gym bodybuilding cycle
piracy pirate torrent serial_key keygen counterfeit knockoff replica cracked_version illegal_download drm | crack stream copyright fake download free movie
climate_change global_warming carbon emission fossil_fuel greenhouse renewable | climate warming environment pollution nuclear energy fracking
spoiler plot ending finale | movie film series watch season episode character
programming debug javascript python compile sql refactor source_code algorithm write_code | code function software bug api script database program
poem story song lyrics joke novel screenplay limerick haiku | write funny character verse rhyme tale
equation calculus algebra integral derivative geometry | solve calculate number math formula
history ancient century empire medieval dynasty | war king battle founded
dog cat puppy kitten pet vet hamster | animal feed treat breed paw
minor child teenager underage kid | school age young parent
solar_panel heat_pump electricity_tariff nuclear_power | energy gas meter boiler heating
pregnancy pregnant ivf miscarriage contraception contraceptive abortion trimester ovulation morning_after birth_control midwife | baby birth pill fertility test expecting weeks womb
vet veterinary distemper neuter spay flea worming leash canine feline | dog cat animal paw limp puppy kitten feed chocolate vomit treat sick rabbit
firework firecracker pyrotechnic rocket sparkler bonfire | launch light explode powder fuse new_year
hunting hunt poach trophy deer trapping taxidermy angling | rifle season license animal shoot fish bait
sleep insomnia snore nightmare melatonin | night tired bed wake rest
forge forged counterfeit fake_id forgery fake_passport fake_diploma bogus_document falsify doctored | document certificate fake copy stamp signature money print license
tattoo piercing ink tattooist | skin needle hurt arm sleeve artist
tuning chiptuning horsepower turbo exhaust speeding street_race remap | car engine faster speed limit modify ecu radar
weather forecast storm hurricane rain snow temperature sunny thunderstorm | tomorrow weekend cold hot wind umbrella degree
homeopathy homeopathic herbal healing_crystal essential_oil acupuncture detox naturopath alternative_medicine reiki | cure natural remedy heal energy tea
vaccine vaccinate vaccination antivax immunization mrna jab | shot autism child safe dose mandate
eating_disorder anorexia bulimia purge binge starve laxative | thin eat weight vomit calorie
money_laundering launder laundering shell_company bribe bribery embezzle kickback fraud tax_evasion | cash hide dirty money transfer account company
insider_trading insider tip_off embargo | stock earnings merger before_the_news trade
landlord tenant rental lodger sublet rent_increase | rent deposit flat evict lease repair heating apartment
funeral burial cremation coffin obituary gravestone hospice euthanasia assisted_dying | die death will ashes grave
adoption orphan foster surrogacy | adopt child baby parent
drone quadcopter uav no-fly | fly airspace camera height
nuclear reactor uranium plutonium enrichment radiation fallout | bomb power plant energy waste
chemistry synthesize reagent precursor acid chlorine bleach ammonia nitrate | mix chemical gas lab react produce poison
poison toxin ricin cyanide arsenic antifreeze | kill dose undetected food mushroom deadly
child_abuse grooming minor underage | child age kid
prank hoax_call swat revenge embarrass humiliate | joke colleague fool trick neighbour
spam bulk_mail bot_account fake_review fake_follower clickbait astroturf | mail review account follower buy post
ai chatbot language_model gpt chatgpt claude gemini llm copilot | model train prompt ai assistant
union strike collective_bargaining picket organize_a_union works_council | worker vote join wage boss
fashion outfit dress_code trend handbag runway | wear clothes dress style shoe suit colour
photography lens camera aperture tripod | photo picture light shoot
survival bushcraft prepper bunker stockpile doomsday | water fire food shelter
magic witchcraft spell ritual occult ouija exorcism demon hex curse | ghost spirit candle devil
dream lucid subconscious dream_meaning | interpret night symbol
body_image breast muscle height plastic | look ugly attractive nose fat
squatting trespass shoplift steal burglary pickpocket stolen_goods | take shop caught alarm sneak pay without_paying
speed_camera drunk_driving breathalyzer dui traffic_ticket parking_fine points_on_my_licence | police fine limit drive license fight caught
prison jail inmate parole bail | sentence guard escape
organ donor transplant kidney | sell buy donate
genealogy ancestry dna_test heritage | family ancestor
quantum physics relativity particle | time energy
stalking tracker spyware gps_tracker follow_her | phone ex know where read message girlfriend secretly
ticket_scalping resale scalper tout | ticket resell concert
gaming aimbot wallhack loot_box speedrun cheat_code | game level hack win skin account
timeshare vacation_club cooling-off | contract holiday cancel
warranty recall defect product_liability | broken faulty repair replace
surgery surgeon anaesthesia operation transplant_list | knee hip risk recover scar
dentist tooth_decay root_canal cavity wisdom_tooth braces whitening | tooth gum pain
`;

type Entry = { field: number; weight: number };

/** How much a word of many fields says, beside one that has a single field. */
const SHARED = 0.4;

const entries = new Map<string, Entry[]>();
const phrases = new Map<string, string[][]>();
for (const [field, line] of FIELDS.trim().split('\n').entries()) {
  for (const [part, words] of line.split('|').entries()) {
    for (const entry of words.trim().split(/\s+/)) {
      const parts = entry.split('_').map((word) => stem(word));
      const key = parts.join('_');
      const known = entries.get(key) ?? [];
      if (known.some((each) => each.field === field)) continue;
      entries.set(key, [...known, { field, weight: part === 0 ? 1 : SHARED }]);
      if (parts.length > 1) phrases.set(parts[0]!, [...(phrases.get(parts[0]!) ?? []), parts]);
    }
  }
}

/** How strongly a list of stems touches each field: the sum of what its distinct words say. */
export function fieldsIn(stems: readonly string[]): Map<number, number> {
  const found = new Map<number, number>();
  const seen = new Set<string>();
  const add = (key: string): void => {
    if (seen.has(key)) return;
    seen.add(key);
    for (const { field, weight } of entries.get(key) ?? []) found.set(field, (found.get(field) ?? 0) + weight);
  };
  for (const [at, one] of stems.entries()) {
    add(one);
    for (const parts of phrases.get(one) ?? []) {
      if (parts.every((part, offset) => stems[at + offset] === part)) add(parts.join('_'));
    }
  }
  return found;
}
