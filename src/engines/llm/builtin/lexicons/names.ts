const set = (text: string): Set<string> => new Set(text.split(/[\s]+/).filter(Boolean));
const phrases = (text: string): Set<string> =>
  new Set(
    text
      .split(/[,\n]+/)
      .map((entry) => entry.trim())
      .filter(Boolean),
  );

/** Common given names, lower case: enough to tell a person from a place or a firm in running text, not a register. */
export const GIVEN_NAMES =
  set(`james john robert michael william david richard joseph thomas charles christopher daniel matthew anthony mark
donald steven paul andrew joshua kenneth kevin brian george edward ronald timothy jason jeffrey ryan jacob gary nicholas eric jonathan stephen
larry justin scott brandon benjamin samuel gregory frank alexander raymond patrick jack dennis jerry tyler aaron jose adam henry nathan douglas
zachary peter kyle walter ethan jeremy harold keith christian roger noah gerald carl terry sean austin arthur lawrence jesse dylan bryan joe
jordan billy bruce albert willie gabriel logan alan juan wayne roy ralph randy eugene vincent russell elijah louis bobby philip johnny mary
patricia jennifer linda elizabeth barbara susan jessica sarah karen lisa nancy betty margaret sandra ashley kimberly emily donna michelle carol
amanda dorothy melissa deborah stephanie rebecca sharon laura cynthia kathleen amy angela shirley anna brenda pamela emma nicole helen samantha
katherine christine debra rachel carolyn janet catherine maria heather diane ruth julie olivia joyce virginia victoria kelly lauren christina
joan evelyn judith megan andrea cheryl hannah jacqueline martha gloria teresa ann sara madison frances kathryn janice jean abigail alice julia
judy sophia grace denise amber doris marilyn danielle beverly isabella theresa diana natalie brittany charlotte marie kayla alexis lori ada
amelia ava mia ella lily chloe zoe lucy oliver leo max felix oscar hugo lucas liam mason owen caleb isaac luke ivan igor dmitri sergei olga
natasha anya elena irina yuki hiroshi kenji sakura haruto akira wei li ming chen mei lin jin raj priya anil sunita arjun deepa ravi asha vikram
ananya omar fatima ahmed ali hassan layla amina yusuf ibrahim mohammed khalid noor aisha zainab kwame ama kofi chidi ngozi amara tunde zuri
carlos miguel luis ana carmen diego sofia pablo rosa javier lucia pedro isabel mateo valentina jorge francisco ines joao paulo beatriz marco
giulia luca francesca giovanni chiara matteo pierre marie claire jacques camille antoine sophie luc hans greta klaus ingrid lars freya sven
astrid nils erik bjorn karin anders maja piotr agnieszka tomasz katarzyna jan zofia milan petra dragan mila nikola theo nina tara maya clara
eva iris nora vera ida alma elsa edith agnes rita tom tim sam ben dan jim bob bill steve mike dave nick matt chris alex kate jane jill beth
meg peggy ted ned fred greg phil rob ron ken jeff jon josh zach kim lee pat robin casey jamie morgan taylor riley avery quinn rowan sasha
mohamed abdul leila samira farah bella gemma holly ivy jade kira lena nadia paula quentin rosie stella tessa ursula wendy xavier yvonne zara
harriet beatrice florence winston rupert nigel graham colin derek trevor malcolm fiona moira siobhan niamh aoife declan cormac angus hamish
marcus julian adrian sebastian dominic tobias jonas emil anton viktor boris yuri mikhail anastasia ekaterina svetlana tatiana dimitri stavros
eleni yannis costas mehmet ayse emre elif hakan dilara rashid tariq salma hana jiho minjun soojin haneul kenta ren aoi linh anh minh thanh`);

/** Countries and large or often mentioned cities, lower case. */
export const PLACES =
  phrases(`afghanistan, albania, algeria, argentina, armenia, australia, austria, bangladesh, belgium, bolivia, brazil, bulgaria,
cambodia, cameroon, canada, chile, china, colombia, costa rica, croatia, cuba, cyprus, czech republic, czechia, denmark, ecuador, egypt, england,
estonia, ethiopia, finland, france, georgia, germany, ghana, greece, guatemala, hungary, iceland, india, indonesia, iran, iraq, ireland, israel,
italy, jamaica, japan, jordan, kazakhstan, kenya, kuwait, laos, latvia, lebanon, lithuania, luxembourg, malaysia, malta, mexico, mongolia,
morocco, nepal, netherlands, new zealand, nigeria, north korea, norway, pakistan, panama, paraguay, peru, philippines, poland, portugal, qatar,
romania, russia, saudi arabia, scotland, senegal, serbia, singapore, slovakia, slovenia, south africa, south korea, spain, sri lanka, sudan,
sweden, switzerland, syria, taiwan, tanzania, thailand, tunisia, turkey, uganda, ukraine, united arab emirates, united kingdom, united states,
uruguay, uzbekistan, venezuela, vietnam, wales, zambia, zimbabwe, usa, uk, us, uae, europe, asia, africa, america, antarctica, california, texas,
florida, alaska, hawaii, oregon, ohio, nevada, arizona, colorado, utah, montana, bavaria, catalonia, tuscany, quebec, ontario, amsterdam, athens,
atlanta, auckland, austin, baltimore, bangalore, bangkok, barcelona, basel, beijing, beirut, belfast, belgrade, bergen, berlin, bern, birmingham,
bogota, bologna, bombay, bordeaux, boston, brasilia, bratislava, brisbane, bristol, brussels, bucharest, budapest, buenos aires, cairo, calgary,
cambridge, canberra, cape town, caracas, cardiff, casablanca, charlotte, chennai, chicago, cleveland, cologne, copenhagen, dallas, damascus,
delhi, denver, detroit, dhaka, dubai, dublin, durban, dusseldorf, edinburgh, florence, frankfurt, galway, gdansk, geneva, genoa, ghent, glasgow,
gothenburg, granada, graz, hamburg, hamilton, hanoi, havana, helsinki, hong kong, houston, hyderabad, istanbul, jakarta, jerusalem, johannesburg,
karachi, kathmandu, kiev, kyiv, kolkata, krakow, kuala lumpur, kyoto, lagos, lahore, las vegas, leeds, leipzig, lima, lisbon, liverpool,
ljubljana, london, los angeles, lyon, madrid, malaga, manchester, manila, marrakesh, marseille, melbourne, mexico city, miami, milan,
minneapolis, monaco, montevideo, montreal, moscow, mumbai, munich, nairobi, naples, nashville, new delhi, new orleans, new york, new york city,
newcastle, nice, osaka, oslo, ottawa, oxford, palermo, panama city, paris, perth, philadelphia, phoenix, pisa, pittsburgh, porto, portland,
prague, pune, quito, reykjavik, riga, rio de janeiro, riyadh, rome, rotterdam, salzburg, san diego, san francisco, san jose, santiago,
sao paulo, sapporo, sarajevo, seattle, seoul, seville, shanghai, shenzhen, sofia, st. petersburg, stockholm, strasbourg, stuttgart, sydney,
taipei, tallinn, tampa, tehran, tel aviv, tokyo, toronto, toulouse, trieste, tunis, turin, valencia, vancouver, venice, verona, vienna, vilnius,
warsaw, washington, wellington, winnipeg, york, zagreb, zurich`);

/** Last words of the names of organisations. */
export const ORGANISATION_ENDINGS =
  set(`inc ltd llc corp corporation company co gmbh ag plc sa bv group holdings holding partners associates
foundation institute university college school academy hospital clinic bank trust agency ministry department committee council commission
association society union club labs laboratories laboratory systems technologies technology solutions software industries motors airlines airways
energy pharma pharmaceuticals media press records studios studio studios enterprises ventures capital insurance logistics foods bakery brewery
works networks network consulting services analytics robotics dynamics electronics semiconductors biotech aerospace cooperative authority bureau
organization organisation team league federation cinema orchestra choir restaurant cafe stores retail ceramics textiles instruments optics plastics steel chemicals tools toys games books pictures records farms dairy mills mining shipping travel tours events design interiors outdoors sports fitness health care dental optical legal realty properties homes builders construction engineering automotive cars tyres fuels power solar wind water waste packaging printing graphics photo video audio radio television telecom mobile wireless internet web cloud data digital cyber security payments credit savings mutual assurance`);

/** Last words of the names of places. */
export const PLACE_ENDINGS =
  set(`street avenue road lane boulevard square park bridge river lake mountain island islands bay beach valley hill
hills forest county city town village station airport harbour harbor port castle palace tower hall center centre theatre theater museum gallery
library stadium arena campus district province state region peninsula ocean sea desert canyon cathedral church room building plaza terminal gardens
garden court wharf quay pier market hotel inn lodge house observatory cape falls creek canal gate heights`);

/** Last words of the names of things that are sold. */
export const PRODUCT_ENDINGS =
  set(`camera lamp drone speaker blender kettle heater scooter router printer backpack keyboard mouse monitor phone tablet laptop
watch headphones earbuds charger cable oven toaster fridge freezer washer dryer vacuum mixer grill stove fan filter bike bicycle car truck van boots shoes
jacket coat shirt dress jeans hat gloves chair table desk sofa bed mattress pillow bottle mug cup pan pot knife tent bag case box kit set pro max mini plus
lite edition series model console controller projector television tv radio soundbar thermostat bulb lock sensor tracker band ring pen notebook`);

/** Words that stand before a person's name. */
export const PERSON_TITLES =
  set(`mr mrs ms miss mx dr prof professor sir dame lord lady judge captain colonel general sergeant president
chancellor minister senator mayor king queen prince princess father sister brother rabbi imam bishop pope coach chef detective inspector officer`);

export const COLOURS =
  set(`red green blue yellow orange purple violet pink brown black white grey gray silver gold golden beige turquoise teal
navy maroon crimson scarlet cyan magenta indigo ivory olive lime amber bronze coral lavender burgundy khaki cream charcoal emerald`);

export const LANGUAGES =
  set(`english french german spanish italian portuguese dutch russian chinese mandarin cantonese japanese korean arabic
hindi bengali turkish polish swedish norwegian danish finnish greek hebrew hungarian czech romanian thai vietnamese indonesian ukrainian latin
swahili urdu persian catalan irish welsh icelandic`);

/** ISO 4217 codes by what people call a currency. */
export const CURRENCIES = new Map<string, string>(
  `dollar USD|dollars USD|usd USD|us dollar USD|us dollars USD|$ USD|euro EUR|euros EUR|eur EUR|€ EUR|pound GBP|pounds GBP|gbp GBP|sterling GBP|british pounds GBP|£ GBP|
yen JPY|jpy JPY|japanese yen JPY|¥ JPY|yuan CNY|cny CNY|renminbi CNY|rupee INR|rupees INR|inr INR|indian rupees INR|₹ INR|franc CHF|francs CHF|chf CHF|swiss francs CHF|won KRW|krw KRW|
cad CAD|canadian dollars CAD|aud AUD|australian dollars AUD|peso MXN|pesos MXN|mxn MXN|real BRL|reais BRL|brl BRL|krona SEK|kronor SEK|sek SEK|nok NOK|dkk DKK|zloty PLN|pln PLN|rand ZAR|zar ZAR|
ruble RUB|rubles RUB|rub RUB|lira TRY|try TRY|sgd SGD|hkd HKD|nzd NZD|thb THB|baht THB|bitcoin BTC|btc BTC|eth ETH`
    .replaceAll('\n', '')
    .split('|')
    .map((entry) => {
      const at = entry.lastIndexOf(' ');
      return [entry.slice(0, at), entry.slice(at + 1)];
    }),
);
