"""Words that tell what stands beside them, in the languages of the first customers."""

from __future__ import annotations

# Given and family names that are everyday words: only taken for a name when capitalised.
COMMON_NAMES = frozenset(
    """
    amber angel appel art august autumn baas baker bauer beau bell berg bill bird black blanc
    bloem bloom blue blume boer bois bon bos boulanger brand bright broek brook brown bruch
    chance charity chat church clair clay cook court dawn day dean deux douce drew earl ernst
    faith ferry field fischer fish fleur fort fox frank frei freitag fuchs fuss gene gold
    grace grand grant gray green grey gris groot gross gut guy haan haas hall hand hart hase
    heart heer heiss herb herz hill hirsch hof homme hope hunt iris ivy jack jean jeune jonge
    joy june jung juste kaiser kalt kamp king klein koch koenig kok koning koster kraus krause
    kuiper laan lane lang lange law leblanc leger legrand licht lily long love maas maison
    major marchand mark mason may meer merle miles mill miller mol moore mulder mur neu
    neumann nick noble noir north olive page parker pat penny petit pierce pont pope potter
    price prince prins ray read reed rich richter ritter rob rock roman rood roos rose roth
    rouge roux roy ruby rusty sage sauer schatz schnell schwarz scott sky smit smith snow
    sommer sonntag spek stark stein ster stern stone storm summer sunny taylor terry town
    turner vert violet vogel voll vos wade walker ward waters weber weiss west white will wind
    winter wit wolf wood woods wright young zee zon zorn zwart
    """.split()  # noqa: SIM905 - read as a text
)

# Words inside family names that are nobody's name by themselves.
PARTICLES = frozenset(
    """
    al ap bin da dal de degli dei del della den der des di do dos du el et ibn la las le les lo los
    mac mc of saint san santa st 't te ten ter the van vande vander vom von y zu zum zur
    """.split()  # noqa: SIM905 - read as a text
)

BIRTH = (
    r"born(?:\s+on)?|birth\s?(?:day|date)|date\s+of\s+birth|d\.?o\.?b\.?|geboren(?:\s+(?:am|op))?"
    r"|geburtsdatum|geburtstag|geboortedatum|geb\.|n[ée]e?\s+le|date\s+de\s+naissance"
    r"|fecha\s+de\s+nacimiento|nacid[oa]|data\s+de\s+nascimento|nascid[oa]|nat[oa]\s+il"
    r"|data\s+di\s+nascita"
)

MONTHS = (
    r"jan\w*|feb\w*|f[ée]v\w*|m[aä]r\w*|maart|mrt|apr\w*|avr\w*|ma[iyj]\w*|jun\w*|juin|jul\w*|juil\w*"
    r"|aug\w*|ao[uû]t|sep\w*|o[ck]t\w*|nov\w*|de[czs]\w*|d[ée]c\w*|gen\w*|ene\w*|abr\w*|mag\w*"
)

NATIONAL_ID = (
    r"national\s+(?:insurance|id\w*)|social\s+security|insurance\s+(?:number|no)|\bnino\b|\bssn\b|\bnir\b"
    r"|tax\s+id\w*|\btin\b|passport|\bbsn\b|burgerservice\w*|sofi[\s-]?nummer|rijksregister\w*"
    r"|steuer[\s-]?(?:id\w*|nummer)|\bidnr\b|sozialversicherung\w*|rentenversicherung\w*"
    r"|versicherungsnummer|ausweis\w*|paspoort\w*|\bahv\b"
    r"|s[ée]curit[ée]\s+sociale|\binsee\b|num[ée]ro\s+fiscal|carte\s+d.identit[ée]"
    r"|\bdni\b|\bnie\b|\bnif\b|codice\s+fiscale|\bcpf\b|\bpesel\b|personnummer|\bcpr\b|henkil\w+tunnus"
    r"|\bpps\w?\b"
)

# What stands where names stand and is none: after a greeting, before a comma, at a line's end.
NOT_NAMES = frozenset(
    """
    mr mrs ms miss dr prof hr mevr mw dhr mme mlle
    all also alle alles allemaal angry auch auf aan an and any anyone attention aussi avec bien
    beste bitte bon bonne bonjour bonsoir but by can cher chère client cliente collega collegas
    comment concerning customer customers da daar damen dame dan dank danke das dear den der die
    dies diese dieser dit door du een ein eine einen en equipe équipe er es et everybody
    everyone famille familie for frage freunde from für gast geehrte geehrter gerne gmbh good
    goede goedemorgen goedemiddag goedenavond goedendag gott greetings grüße groet groeten guest
    guten gute gut guys hallo hat heb hebben heer heren herr herren herrn hello here hey hi hier
    het how ich ihr ihre ik in is ist ja je jij journée jullie jour just kann klant klanten
    können kunde kunden kundin kundenservice leute liebe lieber lieve lovely ma madam madame
    mademoiselle mag maar mais man mann may me mein meine meneer merci messieurs met mevrouw
    mich mijn mir mit moi mon monsieur morgen morning my na nein nee no non nochmal nog not nous
    nun nur ok okay on ook or oui op our pas people please pour quick re same schade sehr sei
    service sie si sir siri sirs so soir sorry support team tag tout toute tous thank thanks
    that the there this to together tot toujours un une und uns unser unsere us van vielen viele
    vous votre vom von voor vorab vraag vrouw wat we welcome wem wenn wer wie wir with world you
    your yes zusammen zu zum zur abend avond afternoon evening night nacht weekend wochenende
    tschüss tschüß ciao bye goodbye doei dag danach super perfekt perfect prima top toll genau
    beaucoup désolé désolée excellente excellent fijne fijn schönen schöne schönes nice great
    have gutes montag dienstag mittwoch donnerstag freitag samstag sonntag maandag dinsdag
    woensdag donderdag vrijdag zaterdag zondag lundi mardi mercredi jeudi vendredi samedi
    dimanche monday tuesday wednesday thursday friday saturday sunday januar februar märz april
    mai juni juli august september oktober november dezember january february march june july
    october december janvier février mars avril juin juillet août octobre novembre décembre
    januari februari maart mei augustus heute gestern today tomorrow yesterday vandaag demain
    noël christmas weihnachten kerst ostern pasen order bestellung bestelling commande paket
    pakket colis parcel produkt product rechnung invoice facture factuur lieferung levering
    livraison delivery konto account compte gern schon erstmal trotzdem eben ebenso jetzt noch
    nichts kein keine bett sofa schirm spiegel möbel farbe weiß weiss schwarz blau grün rot grau
    white black blue green red grey gray noir blanc bleu vert rouge gris zwart wit blauw groen
    rood grijs eiche oak eik chêne corona chrome safari firefox android iphone
    """.split()  # noqa: SIM905 - read as a text
)

# A name before or after one of these is a company's.
COMPANY = (
    r"(?:ltd|limited|llc|inc|plc|corp|gmbh|ag|kg|ohg|ug|se|b\.?v|n\.?v|v\.?o\.?f|s\.?a|s\.?a\.?s|sarl"
    r"|s\.?r\.?l|s\.?p\.?a|& co|company|group|bank|shop|store|stores)"
)
