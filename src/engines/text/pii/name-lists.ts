const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/).filter(Boolean));

/** Given names of many countries that the tagger's lexicon lacks. */
export const GIVEN_MORE = words(`
priya ananya aditi kavya lakshmi meera neha pooja radha shreya sunita swati vidya deepak gaurav harish karthik manish naveen nikhil pradeep rahul
rajesh rakesh ravi rohan rohit sachin sandeep sanjay siddharth suresh varun venkat vijay vikram vivek arjun amit anil ashok ishaan aarti
olufemi adebayo adaeze amara chidi chinedu chioma emeka femi ifeoma ikenna kelechi ngozi nkechi obinna oluwaseun temitope tunde uche yetunde zainab
kwame kofi kojo ama akosua abena thabo sipho nomsa lerato themba zanele wanjiru kamau njeri otieno achieng tendai chipo
tomoko noriko yumiko michiko hiroshi kenji takashi yuki yuko akiko haruto sakura naoko satoshi kazuo keiko ayumi emiko yusuke daichi haruka rin mei
xiaoming xiaoli jing ling ming jun hui yan fang xin yu tao lei qiang bo hao minh linh thuy anh nguyet tuan hung huong phuong trang
jisoo minjun seojun jiwoo soyeon eunji hyun jinho sungmin youngho
mateo santiago valentina camila sebastian joaquin ximena lucia sofia diego alejandro guadalupe rocio thiago joao caio luana
giulia francesca matteo lorenzo alessandro chiara elisa giovanni luca marco paolo
anneliese heike jurgen jürgen günther wolfgang ulrike dieter uwe sabine katrin annika björn bjorn sven lars ingrid astrid freya soren søren
kasia agnieszka malgorzata zbigniew krzysztof pawel piotr tomasz wojciech jakub zofia katarzyna marek milan zdenek jiri
dmitri dmitry sergei sergey vladimir natasha svetlana olga ivan igor oksana bohdan taras yulia mykola oleksandr
aisha amina fatima khadija layla leila mariam nadia noor samira yasmin yusuf omar khalid hassan hussein ibrahim tariq bilal faisal rashid zara
ayşe mehmet emre elif zeynep mustafa kemal burak cem deniz
dimitrios eleni giorgos kostas yannis nikos
siobhan niamh aoife ciaran eoin oisin padraig saoirse sinead cillian fionn rhys gareth angharad eilidh hamish callum
tamika latoya shanice deshawn jamal tyrone keisha lakisha darnell marquis
maeve imogen tabitha beatrix phoebe rowan ezra silas jasper atticus beckett finn theo milo otis arlo juno wren saskia
elena ines nuria marisol consuelo esperanza noemi itziar iker unai
`);

/** Family names that the tagger's lexicon lacks. */
export const FAMILY_MORE = words(`
natarajan krishnan subramanian iyer iyengar reddy rao nair menon pillai chatterjee banerjee mukherjee das bose sen ghosh patel shah mehta desai joshi
kulkarni deshpande kapoor malhotra chopra khanna bhatia singh kaur gill dhillon sharma verma gupta mishra pandey yadav sinha trivedi
okafor okonkwo adeyemi adebayo balogun eze nwosu obi ogunleye olawale mensah asante boateng owusu appiah mwangi kamau odhiambo otieno wanjiku
dlamini nkosi khumalo ndlovu moyo botha pretorius
nakamura tanaka suzuki takahashi watanabe yamamoto kobayashi yoshida yamada sasaki matsumoto inoue kimura hayashi shimizu yamaguchi fujita sato ito
nguyen tran pham hoang phan vu vo dang bui do ngo duong
zhang wang zhao huang zhou xu sun hu zhu gao lin luo zheng liang xie tang song deng feng cao peng zeng xiao tian dong pan yuan cai jiang
kim choi jung kang cho yoon jang lim han oh seo shin kwon hwang ahn
gonzalez rodriguez fernandez lopez martinez sanchez perez gomez martin jimenez ruiz hernandez diaz moreno alvarez romero alonso gutierrez navarro
dominguez vazquez ramos gil serrano blanco molina ortega delgado castro ortiz rubio marin iglesias medina cortes garrido castillo santos lozano
guerrero cano prieto mendez cruz herrera marquez vega campos fuentes carrasco reyes aguilar vargas soto salazar mendoza rojas espinoza contreras
silva souza oliveira pereira lima carvalho ferreira ribeiro almeida costa gomes barbosa rocha nunes teixeira moreira cardoso correia
rossi russo ferrari esposito bianchi romano colombo ricci marino greco bruno gallo conti giordano mancini rizzo lombardi moretti barbieri fontana
müller mueller schmidt schneider fischer weber meyer wagner becker schulz hoffmann schäfer koch bauer richter klein wolf schröder neumann schwarz
zimmermann braun krüger hofmann hartmann lange werner krause lehmann köhler
dubois durand leroy moreau laurent lefebvre roux fournier girard bonnet lambert fontaine rousseau vincent faure mercier boyer chevalier lemaire
kowalski kowalczyk nowak wisniewski wojcik kaminski lewandowski zielinski szymanski wozniak dabrowski novak svoboda dvorak horvat kovacs szabo toth
lindqvist brandt varga holloway moreau sorensen
ivanov petrov sidorov smirnov kuznetsov popov volkov sokolov shevchenko kovalenko bondarenko tkachenko melnyk
yilmaz kaya demir celik sahin aydin ozturk arslan dogan kilic
andersson johansson karlsson nilsson eriksson larsson olsson persson svensson gustafsson hansen johansen olsen larsen andersen nielsen jensen pedersen
papadopoulos georgiou ioannou dimitriou
o'brien o'connor o'neill o'sullivan o'reilly o'donnell mccarthy mcdonald macdonald mckenzie murphy gallagher doherty byrne walsh
smith johnson williams brown jones davis miller wilson moore taylor anderson thomas jackson white harris thompson garcia robinson clark lewis lee
walker hall allen young king wright hill scott green adams baker nelson carter mitchell roberts turner phillips campbell parker evans edwards collins
stewart morris rogers reed cook morgan bell bailey cooper richardson cox howard ward peterson gray james watson brooks kelly sanders price bennett
wood barnes ross henderson coleman jenkins perry powell long patterson hughes flores washington butler simmons foster bryant alexander griffin hayes
cohen levy goldberg friedman rosenberg katz shapiro
gates jobs musk bezos zuckerberg obama trump biden clinton eiffel
hashemi ahmadi hosseini karimi mohammadi rahimi al-farsi haddad khoury mansour nasser saleh aziz farouk rahman hossain islam chowdhury begum khan malik
`);

/** Given names that are as often something else: a word, a month, a product. Alone they need somebody doing something. */
const AMBIGUOUS_WORDS = words(`
will mark grace rose may april june august hope faith joy bill art frank rich jack pat sue drew chase hunter mason carol dawn daisy lily ivy
violet ruby pearl amber crystal jade iris holly heather olive ginger penny patience chance ace buddy duke earl prince major miles rusty sandy
sunny summer autumn winter star sky skye stone cliff dale glen brook ray rob bob don gene guy harry herb jean jay jimmy josh lance lane max mike
nick norm van vic dean dick dolly eve faye gail gay grant les rod russ ryder sage sterling tad trip wolf merry christian jasmine angel destiny
trinity harmony melody serenity genesis royal legend justice liberty honor mercy constance prudence clay flint reed heath basil rosemary saffron
storm rain river alexa siri claude mercedes oscar emmy tony watson jenkins travis ada pascal julia java delta gemini phoenix echo nova
`);

/** Given names that are places too. */
export const PLACE_NAMES = words(`
paris london victoria jordan sydney austin dallas houston madison savannah charlotte florence georgia virginia carolina dakota chelsea brooklyn
lincoln washington israel kenya india china asia america africa troy milan lourdes sierra orlando jackson may april june august
`);

/** Names that are products more often than people. */
export const PRODUCTS = words(
  'alexa siri claude mercedes watson jenkins travis ada pascal ruby julia java delta gemini phoenix echo nova bard oscar emmy tony',
);

export const AMBIGUOUS: ReadonlySet<string> = new Set([...AMBIGUOUS_WORDS, ...PLACE_NAMES]);

/** Family names that are words too, and prove nothing beside an unknown word. */
export const PLAIN_FAMILY = words(`
can so an do my ha in on ho un la le lu mi min man han hung long yen sun sung song son win hong king tang dong pan bin bo bao da de du cash page
link port host case read check true stark gold bishop abbott pope deacon baron general marshal ivory am ling lei young hill green white black brown
price wood long day west north best love short small rice field fields banks bush power powers church street gates
`);

/** Firms and brands that are written like a person. */
export const FIRMS: ReadonlySet<string> = new Set(
  `morgan stanley,goldman sachs,jp morgan,jpmorgan chase,jp morgan chase,wells fargo,charles schwab,ernst young,ralph lauren,calvin klein,tommy hilfiger,
hugo boss,louis vuitton,christian dior,giorgio armani,yves saint laurent,tim hortons,mary kay,harley davidson,john deere,rolls royce,aston martin,
alfa romeo,mercedes benz,warner bros,walt disney,electronic arts,eli lilly,baker mckenzie,booz allen,booz allen hamilton,raymond james,edward jones,
smith barney,jack daniels,johnnie walker,jim beam,jose cuervo,captain morgan,dr pepper,uncle ben,aunt jemima,trader joe,papa john,ben jerry,
jenny craig,weight watchers,dell emc,hewlett packard,philip morris,robert bosch,carl zeiss,johns hopkins,carnegie mellon,james webb`
    .split(/[,\n]+/)
    .filter(Boolean),
);

/** Words after a name that make it a place, a firm, a work or a thing. */
export const NOT_PERSON_AFTER = words(`
station river memorial monument mausoleum expressway freeway turnpike street st avenue ave road rd boulevard blvd drive lane square park lake island islands bridge bay beach mountain mountains mount hill hills
valley county city town village district province state canal harbour harbor port airport railway university college school institute academy hospital
clinic medical museum gallery library theatre theater stadium arena center centre building tower house hall hotel castle palace church cathedral temple
inc corp corporation ltd llc llp plc gmbh ag sa co company companies group holdings partners bank banking foundation trust fund association society
agency ministry department council commission committee office bureau union party league club fc united team cup open tournament championship
prize award awards medal effect theorem law laws disease syndrome act equation distribution scale test method model algorithm paradox principle
motors motor airlines airways records studios pictures entertainment media news times post journal magazine press weekly daily tv radio show
street's day week month festival conference summit expo fair games olympics war battle treaty agreement accord accords
edition version series pro max plus mini studio cloud api sdk server database os windows linux phone
falls creek springs desert forest gardens garden zoo gate market mall plaza terrace court crescent close way highway
chocolate coffee tea beer wine whisky pizza sauce cream pie cake dynasty empire era period century
palsy lymphoma kong lanka zealand korea africa america arabia rica francisco angeles vegas york jersey hampshire mexico
`);

/** Words before a name that make it a place, a firm, a work or a thing. */
export const NOT_PERSON_BEFORE = words(`
lake mount mt st saint san santa port fort cape river university bank isle gulf bay hotel restaurant café cafe team planet hurricane storm tropical
uss hms new north south east west upper lower greater near southern northern eastern western downtown central via
`);

/** Words that say that a person comes: titles stand before a name and are not part of it. */
export const TITLES = words(
  `mr mrs ms miss mx dr doctor prof professor sir madam madame lady lord dame judge justice officer sergeant sgt captain capt lieutenant lt colonel col
general gen major detective inspector nurse attorney senator sen congressman congresswoman representative rep governor gov president pastor
reverend rev father sister brother imam rabbi uncle aunt auntie grandma grandpa coach principal herr frau señor señora monsieur don doña`,
);

/** Roles that are followed by a person's name in running text. */
export const ROLES = words(
  `patient customer client employee manager engineer colleague friend neighbour neighbor wife husband son daughter mother father brother sister mom
dad mum uncle aunt cousin nephew niece boss teacher tenant landlord witness defendant plaintiff applicant candidate student driver passenger
recipient sender beneficiary cardholder holder resident guest author editor ceo cto cfo founder director accountant lawyer barrister agent
representative assistant therapist dentist plumber electrician babysitter roommate partner fiancé fiancee fiancée boyfriend girlfriend
payee taxpayer payer claimant donor buyer seller vendor borrower lender trustee
coworker co-worker supervisor caller user member subscriber player singer actor actress novelist poet analyst developer nurse surgeon`,
);

/** Capitalised words that are no part of a name: sentence starters, months, days, tech and other common ones. */
export const NOT_NAMES = words(`
i a an the this that these those it its he she they we you my your his her their our me him them us and or but if when while where why how what who
which whose there here then than so as at by for from in into of off on onto out over to under up with without within about after before between
during since until through is are was were be been being am do does did done have has had having will would shall should can could may might must
not no yes ok okay please thanks thank hello hi hey dear regards sincerely best kind warm cheers goodbye bye welcome sorry good morning afternoon
evening night today tomorrow yesterday monday tuesday wednesday thursday friday saturday sunday january february march april may june july august
september october november december jan feb mar apr jun jul aug sep sept oct nov dec spring summer autumn fall winter christmas easter thanksgiving
halloween ramadan diwali hanukkah new year eve day english french german spanish italian chinese japanese korean russian arabic hindi portuguese
internet email e-mail phone number name address date account card password username user id ssn pin url api sql html css json xml http https pdf csv
aws amazon google microsoft apple facebook meta twitter linkedin instagram youtube netflix uber github gitlab slack zoom docker kubernetes linux
windows android python java javascript typescript react node openai anthropic bedrock lambda s3 ec2 ceo cto cfo coo vp hr it pr qa us usa uk eu un
nato nasa fbi cia irs dmv nhs fda who covid dna gps tv llc inc corp ltd am pm mr mrs ms dr prof sir all any each every both few more most other
some such only own same too very just also however therefore moreover furthermore meanwhile although because unless whether either neither
call contact meet ask tell email send ship mail forward give let make take see note nb ps re fw fwd subject from to cc bcc sent attached
customer client patient employee manager director engineer senior junior chief head lead team department office company street road avenue city state
country zip code postal order invoice ticket case reference total amount price tax due paid balance billing shipping payment transaction refund
first last middle full given family surname maiden nickname male female age sex gender birth born dob passport license licence driver plate vehicle
question answer step section chapter page table figure list item example chapter part title summary introduction conclusion overview background
the's yes no true false null none north south east west central upper lower great grand little big old
`);
