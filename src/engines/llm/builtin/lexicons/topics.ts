/** Words of subjects that people classify texts by. Key: the label's usual name; aliases are joined with "|". */
export const TOPICS: Record<string, string> = {
  'sports|sport|athletics':
    'game match team player coach goal score league season championship tournament win won football soccer basketball tennis cricket baseball hockey olympics athlete stadium referee penalty midfielder striker quarterback cup final race marathon cyclist swimmer medal fans playoff defeat victory halftime overtime scored defender goalkeeper innings boxing golf champion qualifier sprint',
  'technology|tech|it|computing|science and technology|sci/tech':
    'software hardware computer app smartphone chip processor internet startup ai artificial intelligence robot data cloud cyber device developer code programming laptop browser algorithm semiconductor encryption gadget server platform update battery silicon digital operating launch users virtual tablet camera sensor automation hacker privacy network wireless',
  'business|finance|economy|economics|financial|markets':
    'company market stock shares profit revenue investor bank economy inflation earnings merger acquisition ceo quarter sales trade interest rate loan billion dividend fiscal tax retailer startup funding budget growth currency bond hedge fund unemployment tariff economist exports shareholders bankruptcy analysts invest investment portfolio savings mortgage credit',
  'politics|government|political':
    'election president minister government parliament senate vote voter party policy law bill campaign congress democrat republican senator legislation coalition prime diplomat referendum candidate cabinet mayor governor opposition lawmakers reform treaty ballot constitution chancellor debate',
  'health|medical|medicine|healthcare|wellness':
    'doctor hospital patient disease vaccine treatment virus drug medicine symptoms health surgery cancer clinic nurse diet infection therapy medical heart blood diabetes mental exercise physician diagnosis pain sleep nutrition vitamin epidemic trial pharmacy wellness',
  'science|research|scientific':
    'scientist research study discovery experiment physics biology chemistry space planet nasa telescope species fossil climate laboratory molecule gene dna particle galaxy astronomers theory researchers evolution quantum asteroid cells bacteria orbit atoms geology',
  'entertainment|movies|film|celebrity|culture|arts|music':
    'movie film actor actress director music song album concert band singer celebrity hollywood show tv series premiere award oscar grammy theatre festival comedy drama box office streaming soundtrack gallery painting artist exhibition novel stage tour cast sequel guitar',
  'world|international|world news':
    'country un united nations war troops peace foreign border refugees embassy president minister attack killed treaty diplomat crisis military conflict ceasefire sanctions nations',
  'travel|tourism|vacation':
    'travel trip flight hotel beach tourist destination vacation airport tour passport luggage itinerary resort cruise sightseeing journey booking island hiking visa airline backpacking museum',
  'food|cooking|recipes|restaurant|dining|cuisine':
    'recipe food cook restaurant chef delicious ingredient bake dish meal flavor taste sauce oven spice dinner lunch breakfast dessert cheese bread menu butter garlic grill onion soup salad pasta flour sugar wine roast simmer',
  'education|school|learning':
    'school student teacher university classroom curriculum exam lesson education college homework degree tuition professor scholarship learning campus grades lecture pupils graduate kindergarten enrolment',
  'environment|climate|nature':
    'climate carbon emissions pollution forest wildlife ocean conservation recycling renewable solar wind species warming plastic habitat drought biodiversity ecosystem glacier deforestation sustainability coral rainforest sea',
  'weather|forecast':
    'rain snow storm temperature forecast sunny cloudy wind humidity thunder hurricane degrees heatwave frost fog showers',
  'crime|legal|law|justice':
    'police arrested court judge trial crime murder theft robbery suspect lawyer prison sentence convicted charged fraud investigation jury victim guilty detective attorney lawsuit burglary stolen prosecutor',
  'automotive|cars|vehicles':
    'car vehicle engine driver electric motor truck brake tire horsepower sedan suv mileage hybrid dealership steering fuel charging model torque gearbox',
  'real estate|property|housing':
    'house apartment mortgage rent property realtor bedroom square feet landlord tenant listing home buyer lease neighborhood condo garden kitchen renovated',
  'fashion|style|clothing':
    'fashion dress designer runway collection style clothes shoes wear fabric model outfit jacket trend brand jewelry handbag sneakers couture',
  'gaming|games|video games':
    'game player console level quest multiplayer xbox playstation nintendo graphics gameplay boss esports controller steam rpg dungeon',
  'billing|payment|payments|invoices|billing issue|billing inquiry':
    'bill billing invoice charge charged payment refund card subscription price fee paid pay double twice overcharged amount receipt statement transaction debit credit renewal cost plan bank money duplicate',
  'technical support|technical|technical issue|tech support|bug|bug report|technical problem|it support|support':
    'error crash crashes crashing bug broken login install update work working loading screen freeze frozen freezes app software device connect connection reset password failed fails server website page glitch wifi internet slow printer button black blue sync synchronise laptop exception responding',
  'shipping|delivery|logistics|shipment|order status|shipping issue|delivery issue':
    'ship shipping delivery deliver delivered package parcel tracking courier arrive arrived late warehouse shipment transit address dispatched delay lost order carrier driver doorstep box',
  'password|passwords|password reset|reset password|account|account access|account management|login|account issue':
    'account login log password username profile email sign locked access reset verify verification delete deactivate change settings two-factor authentication register credentials',
  'returns|refund|return|refunds|returns and refunds|refund request|exchange':
    'return refund exchange money back send wrong size defective replace replacement damaged unwanted label policy reimbursed',
  'cancellation|cancel|cancel subscription|churn':
    'cancel cancellation terminate unsubscribe stop end subscription membership anymore discontinue renew',
  'sales|pricing|purchase|sales inquiry|presales':
    'buy price quote purchase discount demo plan pricing enterprise trial offer interested cost license upgrade seats bulk order available volume',
  'complaint|complaints|negative feedback':
    'terrible unacceptable disappointed worst complain complaint rude angry poor never awful manager compensation disgusted ridiculous',
  'feedback|suggestion|feature request|feature|praise|compliment':
    'feature add suggestion would wish could improve idea request love like option support dark mode export integrate possible helpful nice allow ability',
  'spam|junk|phishing|scam|unsolicited':
    'winner won prize free click claim offer cash urgent limited congratulations selected money guarantee viagra lottery cheap bonus subscribe act now credit reward million inheritance bitcoin unsubscribe deal gift exclusive earn instantly loan risk text reply call',
  'ham|not spam|legitimate|not_spam|safe|personal':
    'meeting lunch tomorrow thanks attached see home dinner report agenda call later mum project notes yesterday regards weekend tonight team',
  'greeting|greetings|hello': 'hello hi hey good morning afternoon evening greetings howdy welcome',
  'goodbye|farewell|closing': 'bye goodbye see later farewell night care',
  'thanks|gratitude|thank you': 'thanks thank appreciate grateful cheers',
  'booking|reservation|reserve|book':
    'book reserve reservation table room seat ticket appointment flight hotel slot availability',
  'hr|human resources|people':
    'leave vacation payroll salary benefits hiring onboarding manager employee holiday parental sick contract performance review interview pension',
  'security|security incident':
    'breach hacked phishing malware suspicious password unauthorized virus attack leaked firewall vulnerability ransomware access stolen',
  'urgent|high|critical|emergency|high priority|p1':
    'urgent asap immediately emergency critical down outage now right away blocked deadline production losing stopped everyone cannot dangerous fire leak',
  'low|low priority|not urgent|minor|p3':
    'whenever minor small cosmetic typo suggestion rush hurry sometime wondering curious nice question eventually convenience colour color',
  'question|inquiry|query|general inquiry|information request|general question':
    'how what when where which can does is do could wondering information know tell explain ask possible hours question',
  hardware:
    'screen keyboard battery laptop monitor printer mouse cable charger fan disk broken port usb overheating power headset dock',
  software:
    'app application install update version crash license program excel windows browser error software upgrade plugin',
  'network|connectivity|networking':
    'wifi internet vpn connection network router slow signal ethernet disconnect offline dns bandwidth latency firewall',
  'animals|pets|animal': 'dog cat pet animal bird horse puppy kitten vet species zoo wildlife breed fur',
  'history|historical':
    'century war king empire ancient emperor dynasty medieval revolution treaty colony archaeological ruins',
  'religion|faith': 'church god faith prayer pope bible mosque temple priest worship religious',
  'fitness|exercise|workout': 'workout gym exercise muscle running training yoga weights reps cardio stretching squat',
  'parenting|family|kids': 'child children baby parent mother father kids toddler family birth bedtime diaper',
  'agriculture|farming': 'farm farmer crop harvest soil wheat cattle irrigation tractor seeds livestock fertilizer',
};
