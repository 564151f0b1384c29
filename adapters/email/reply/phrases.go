package reply

import "strings"

// closings are sign-offs, folded and without what follows the words.
var closings = words(
	"best|best regards|best wishes|kind regards|kindest regards|warm regards|warmest regards|warmly|regards|many regards|with kind regards|with best regards|all the best|sincerely|yours sincerely|sincerely yours|yours faithfully|yours truly|respectfully|cheers|thanks|thank you|many thanks|thanks a lot|thanks in advance|thank you in advance|thanks and regards|thanks & regards|thanks again|thank you very much|thx|br|rgds|kr|take care|cordially|with regards|best, thanks|looking forward|love",
	"mit freundlichen grüßen|mit freundlichen gruessen|mit freundlichem gruß|mit freundlichem gruss|mit freundlichen grüssen|freundliche grüße|freundliche grüsse|freundlicher gruß|viele grüße|viele gruesse|viele grüsse|liebe grüße|liebe grüsse|herzliche grüße|herzliche grüsse|beste grüße|beste grüsse|schöne grüße|schönen gruß|mit besten grüßen|mit besten grüssen|besten gruß|gruß|gruss|grüße|grüsse|lg|mfg|vg|hochachtungsvoll|danke|vielen dank|danke im voraus|vielen dank und freundliche grüße|vielen dank und viele grüße|danke und gruß|mit herzlichen grüßen|viele liebe grüße|servus",
	"cordialement|bien cordialement|très cordialement|bien à vous|sincèrement|salutations|meilleures salutations|sincères salutations|salutations distinguées|amicalement|bonne journée|bonne soirée|bonne réception|merci|merci d'avance|merci beaucoup|avec mes remerciements|respectueusement|cdt|bàv|à bientôt|bises",
	"saludos|un saludo|saludos cordiales|atentamente|un cordial saludo|cordialmente|reciba un cordial saludo|muchas gracias|gracias|gracias de antemano|atte|atte.|un abrazo|saludos atentos|cordiales saludos",
	"cordiali saluti|distinti saluti|saluti|un saluto|cordialmente|grazie|grazie mille|a presto|buona giornata|in attesa di un cortese riscontro|molte grazie|un cordiale saluto|grazie e saluti|grazie e cordiali saluti",
	"atenciosamente|com os melhores cumprimentos|cumprimentos|melhores cumprimentos|obrigado|obrigada|abraços|abraço|cordialmente|grato|grata|muito obrigado|muito obrigada|att|att.|saudações|desde já obrigado|com os meus cumprimentos",
	"met vriendelijke groet|met vriendelijke groeten|vriendelijke groet|vriendelijke groeten|met hartelijke groet|hartelijke groeten|groeten|groetjes|mvg|bedankt|alvast bedankt|dank u wel|hoogachtend|gr|met beste groeten",
	"pozdrawiam|z poważaniem|pozdrowienia|serdecznie pozdrawiam|z pozdrowieniami|łączę pozdrowienia|z wyrazami szacunku|dziękuję|dzięki|pozdrawiam serdecznie|łączę wyrazy szacunku",
	"s pozdravem|s přátelským pozdravem|zdravím|děkuji|děkuji za odpověď|hezký den|s úctou|s pozdravom|ďakujem|děkuji a přeji hezký den|přeji hezký den|díky",
	"saygılarımla|saygılarımızla|iyi çalışmalar|iyi günler|teşekkürler|teşekkür ederim|sevgiler|selamlar|kolay gelsin|teşekkür ederiz|saygılar",
	"с уважением|с наилучшими пожеланиями|всего доброго|всего хорошего|спасибо|заранее спасибо|заранее благодарю|искренне ваш|искренне ваша|до свидания|хорошего дня|благодарю|с почтением|с ув.|с ув",
	"з повагою|з найкращими побажаннями|дякую|щиро дякую|наперед дякую|гарного дня|всього найкращого|з пошаною|щиро ваш|щиро ваша",
	"με εκτίμηση|με φιλικούς χαιρετισμούς|ευχαριστώ|ευχαριστώ πολύ|ευχαριστούμε|χαιρετισμούς|φιλικά|με τιμή|ευχαριστώ εκ των προτέρων",
	"med vänliga hälsningar|vänliga hälsningar|med vänlig hälsning|vänlig hälsning|mvh|hälsningar|bästa hälsningar|tack|tack på förhand|tack så mycket|hälsar|allt gott",
	"med venlig hilsen|venlig hilsen|de bedste hilsner|bedste hilsner|mange hilsner|hilsen|kærlig hilsen|tak|på forhånd tak|mange tak|vh|kh|mvh|dbh|tak på forhånd",
	"med vennlig hilsen|vennlig hilsen|beste hilsen|hilsen|takk|på forhånd takk|mange takk|takk på forhånd|vennlige hilsener|beste hilsner|ha en fin dag",
	"ystävällisin terveisin|terveisin|parhain terveisin|kiitos|kiitos etukäteen|yst. terv|t.|ystävällisesti|hyvää päivänjatkoa|terveiset|yt|kiitoksin",
	"üdvözlettel|tisztelettel|köszönettel|köszönöm|előre is köszönöm|szép napot|baráti üdvözlettel|üdv|szívélyes üdvözlettel|köszönöm szépen",
	"cu stimă|cu respect|toate cele bune|mulțumesc|multumesc|cu drag|o zi bună|cu stima|mulţumesc|vă mulțumesc|cu considerație|o zi frumoasă",
	"مع خالص التحية|مع التحية|تحياتي|مع أطيب التحيات|شكرا|شكراً|شكرا لكم|وتفضلوا بقبول فائق الاحترام|مع خالص التقدير|أطيب التحيات|شكرا جزيلا|والسلام",
	"בברכה|בכבוד רב|תודה|תודה מראש|תודה רבה|כל טוב|בברכה רבה|יום טוב|בתודה|בברכת",
	"با احترام|با تشکر|ارادتمند|سپاس|ممنون|با سپاس|با تشکر فراوان|با سپاس فراوان|متشکرم|با آرزوی موفقیت",
	"此致|此致敬礼|敬礼|祝好|谢谢|謝謝|顺祝商祺|祝商祺|此致 敬礼|祝您生活愉快|祝工作顺利|敬上|順頌商祺|顺颂商祺|感谢|多谢|祝您工作愉快|敬啟|致礼|致敬",
	"敬具|よろしくお願いします|よろしくお願いいたします|宜しくお願いします|宜しくお願い致します|よろしくお願い致します|宜しくお願いいたします|以上|以上、よろしくお願いいたします|以上、よろしくお願いします|ありがとうございます|草々|以上です|何卒よろしくお願いいたします|お願いいたします|どうぞよろしくお願いいたします|以上、宜しくお願い致します",
	"감사합니다|고맙습니다|안녕히 계세요|드림|올림|수고하세요|감사드립니다|안녕히 계십시오|좋은 하루 되세요",
	"trân trọng|cảm ơn|thân mến|xin cảm ơn|trân trọng cảm ơn|hormat saya|terima kasih|salam|salam hormat|hormat kami|ขอแสดงความนับถือ|ขอบคุณ|ขอบคุณครับ|ขอบคุณค่ะ|с уважение|поздрави|благодаря|srdačan pozdrav|s poštovanjem|lijep pozdrav|lep pozdrav|hvala|pagarbiai|ar cieņu|lugupidamisega|parimate soovidega|salutacions|atentament|धन्यवाद|सादर",
)

// formalStarts begin the sign-offs that are a sentence.
var formalStarts = list("veuillez agréer|veuillez recevoir|veuillez croire|je vous prie d'agréer|je vous prie de croire|nous vous prions d'agréer|nous vous prions de croire|recevez, madame|recevez, monsieur|sin otro particular|le saluda atentamente|les saluda atentamente|reciba un cordial saludo|reciban un cordial saludo|voglia gradire|vogliate gradire|porgo distinti saluti|porgo cordiali saluti|porgiamo distinti saluti|porgiamo cordiali saluti|sem mais, subscrevo|subscrevo-me|pozostaję z poważaniem|с наилучшими пожеланиями|وتفضلوا بقبول|今後ともよろしく|何卒よろしく|何卒宜しく|敬祝|順頌|顺颂")

// placeWords stand between a sign-off and the place it comes from.
var placeWords = words("aus|from|uit|från|fra|depuis|desde|da|de|z|ze|iz|из|із|з")

// thanksWords begin the sign-offs that may be a whole answer.
var thanksWords = list("thank|thx|many thanks|danke|vielen dank|merci|gracias|muchas gracias|grazie|molte grazie|obrigad|muito obrigad|bedankt|alvast|dank u|dziękuj|dzięki|děkuji|díky|ďakujem|teşekkür|спасибо|благодарю|дякую|щиро дякую|ευχαριστ|tack|tak|mange tak|mange takk|kiitos|köszön|mulțumesc|multumesc|mulţumesc|شكر|תודה|ممنون|متشکرم|سپاس|谢谢|謝謝|感谢|多谢|ありがとう|よろしく|감사|고맙|cảm ơn|terima kasih|ขอบคุณ|благодаря|hvala|cheers|looking forward|以上")

// deviceStarts begin the lines that telephones and mail programs sign with.
var deviceStarts = startsOf("yahoo mail: search|sent from my |sent from mail for|sent from outlook|sent from the |sent from yahoo|sent from gmail|sent from samsung|sent from proton|sent from a |sent from an |sent from iphone|sent from ipad|sent from windows mail|sent from blackberry|sent from bluemail|sent from spark|sent from canary|sent from aol|sent from tutanota|sent with proton|sent with spark|sent with tutanota|sent using |sent via my |sent via the samsung|sent with airmail|sent with shortwave|sent with superhuman|get outlook for|download outlook|sent while mobile|excuse my brevity|please excuse |typed on |" +
	"von meinem |von meiner |gesendet von |gesendet mit |gesendet aus |gesendet über |diese nachricht wurde von meinem |holen sie sich outlook|outlook für |von unterwegs gesendet|" +
	"envoyé de mon |envoyé de ma |envoyé depuis |envoyé à partir |envoyé avec |envoyé par mon |obtenez outlook|télécharger outlook|provenance : courrier pour|" +
	"enviado desde |enviado con |enviado de |enviado do |enviado a partir |enviado pelo |enviado via |enviado por mi |obtener outlook|obtenha o outlook|obter o outlook|obtén outlook|" +
	"inviato da |inviato dal |inviato con |inviata da |scarica outlook|ottieni outlook|verstuurd vanaf |verzonden vanaf |verzonden met |verstuurd met |verzonden via |outlook voor |" +
	"wysłane z |wysłano z |wysłane przez |pobierz outlook|odesláno z |odoslané z |odesláno pomocí |získejte outlook|stáhnout outlook|skickat från |skickades från |hämta outlook|sendt fra |sendt med |hent outlook|få outlook|" +
	"lähetetty |hanki outlook|отправлено с |отправлено из |отправлено через |отправлено от |послано с |надіслано з |надіслано із |відправлено з |στάλθηκε από |εστάλη από |αποστολή από |küldve a |küldve az |küldve: |elküldve |trimis de pe |trimis din |trimis de la |" +
	"أرسلت من|أُرسلت من|مرسل من|تم الإرسال من|نשלח מ|נשלח מ|ارسال شده از|فرستاده شده از|ارسال\u200cشده از|发自我的|发自|來自|从我的|從我的|寄自我的|傳送自我的|來自我的|내 iphone|내 ipad|내 갤럭시|iphoneから|ipadから|đã gửi từ |gửi từ |dikirim dari |ส่งจาก |изпратено от |poslano s |poslano z |poslato sa |enviat des |išsiųsta iš |nosūtīts no |saadetud minu ")

// deviceWords are what such a line names, without which its beginning may be anybody's: "Von meiner Seite", "Inviato da te".
var deviceWords = list("iphon|ipad|ipod|android|samsung|galaxy|huawei|xiaomi|redmi|pixel|nokia|sony|oneplus|oppo|blackberry|outlook|mail|gmx|web.de|t-online|proton|tutanota|spark|windows|mobil|handy|phone|telefon|téléphone|teléfono|telefono|tablet|device|dispositivo|appareil|urządzen|puhelim|телефон|смартфон|моб|устройств|пристро|κινητό|手机|手機|هاتف|جوال|موبايل|موبایل|گوشی|נייד|טלפון|휴대|갤럭시|điện thoại|ponsel|มือถือ|superhuman|shortwave|brevity|typos|my desk|canary|aol|on the go|unterwegs")

// deviceParts are the same for languages that put the verb last.
var deviceParts = list("'den gönderildi|'dan gönderildi|'umdan gönderildi|'umdan gönderilmiş|'mdan gönderildi|cihazımdan gönderildi|'ten gönderildi|telefonumdan gönderildi|iphoneから送信|ipadから送信|から送信され|スマートフォンから送信|에서 보냄|에서 전송|에서 보낸|iphone-omról küldve|készülékemről küldve|telefonomról küldve|iphone gesendet|ipad gesendet|handy gesendet|smartphone gesendet|iphone 傳送|iphone 发送|iphone傳送|aka.ms/o0ukef|aka.ms/ghei36|go.microsoft.com/fwlink/?linkid=550986")

// footerStarts begin legal notices, list footers and what mail programs advertise.
var footerStarts = startsOf("visit us |visit our |follow us |besuchen sie uns |besuchen sie unser|folgen sie uns |retrouvez-nous |suivez-nous |visítenos |síguenos |seguici |vieni a trovarci|visite-nos |siga-nos |volg ons |bezoek ons |besök oss |følg oss |følg os |odwiedź nas|this e-mail |this email |this message |this communication |this transmission |the information contained|the information in this |the contents of this |the content of this |confidentiality |confidential:|confidential notice|disclaimer|legal notice|privileged and confidential|notice: this|please consider the environment|please think before|think before you print|important notice|important: this|if you are not the intended|if you have received this|virus-free|virenfrei|sans virus|libre de virus|privo di virus|livre de vírus|virusvrij|no virus found|you received this message because|you are receiving this|to unsubscribe|to stop receiving|unsubscribe|registered in england|registered office|registered address|company registration|company number|" +
	"diese e-mail |diese email |diese nachricht |der inhalt dieser |die information in dieser|die in dieser |vertraulichkeit|haftungsausschluss|bitte denken sie an die umwelt|bitte prüfen sie |denken sie an die umwelt|geschäftsführer:|geschäftsführung:|geschäftsleitung:|handelsregister|amtsgericht|registergericht|sitz der gesellschaft|sitz: |ust-id|ust.-id|usst-id|vorstand:|vorsitzender |aufsichtsrat|datenschutz|hinweis:|wichtiger hinweis|" +
	"ce message |ce courriel |ce courrier |cet e-mail |cet email |ce mail |les informations contenues|avis de confidentialité|avant d'imprimer|pensez à l'environnement|n'imprimez |merci de penser à l'environnement|este mensaje |este correo |la información contenida|aviso legal|aviso de confidencialidad|antes de imprimir|por favor, antes de imprimir|queste informazioni|questo messaggio |questa e-mail |questa mail |le informazioni contenute|avviso di riservatezza|ai sensi del |prima di stampare|" +
	"esta mensagem |este e-mail |este email |as informações contidas|antes de imprimir|pense no ambiente|aviso de confidencialidade|dit bericht |deze e-mail |deze email |de informatie in |de inhoud van |disclaimer:|denk aan het milieu|ta wiadomość |niniejsza wiadomość |treść tej wiadomości|informacje zawarte|klauzula |pomyśl o środowisku|tento e-mail |tato zpráva |tento email |obsah tohoto |informace obsažené|táto správa |bu e-posta|bu mesaj|bu ileti|" +
	"это сообщение |данное сообщение |информация, содержащаяся|настоящее сообщение |это электронное |конфиденциально|данное электронное |це повідомлення |цей лист |ця електронна |інформація, що міститься|το παρόν |αυτό το μήνυμα|το μήνυμα αυτό|οι πληροφορίες |detta meddelande |detta e-post|denne e-mail |denne mail |denne meddelelse |denne e-posten |denne meldingen |denne e-post|tämä viesti |tämä sähköposti|ez az e-mail |ez az üzenet |a jelen |jelen |acest mesaj |acest e-mail |acest email |informațiile conținute|" +
	"هذه الرسالة |هذا البريد |المعلومات الواردة|دואר זה|הודעה זו |המידע |דוא\"ל זה|این ایمیل |این پیام |本邮件|此邮件|本郵件|此電子郵件|本电子邮件|このメールは|本メールは|このメッセージは|本メールに|이 메일은|본 메일은|이 이메일은|본 메일에|이 메시지는|avast logo|avg logo|www.avast.com|www.avg.com|email này |pesan ini |e-mail ini ")

// footerParts stand somewhere in the first line of a list's footer.
var footerParts = list("mailing list|mailing-list|mailman/listinfo|discussion list|listserv|unsubscribe from this|manage your subscription|abmelden von|désabonner|darse de baja|annulla l'iscrizione|отписаться|メーリングリスト")

// cutLines ask to answer above them.
var cutLines = list("reply above this line|your reply above this|write above this line|reply above the line|type your response above|antworten sie oberhalb dieser|antwort oberhalb dieser zeile|über dieser zeile antworten|bitte oberhalb dieser linie|répondre au-dessus de cette ligne|réponse au-dessus de cette ligne|répondez au-dessus de cette ligne|responda por encima de esta línea|respuesta por encima de esta línea|escriba su respuesta encima|rispondi sopra questa riga|risposta sopra questa riga|sopra questa linea|responda acima desta linha|resposta acima desta linha|boven deze regel|powyżej tej linii|powyżej tego wiersza|nad tento řádek|nad tímto řádkem|bu satırın üzerine|ответьте над этой|выше этой строки|над цією лінією|вище цього рядка|ovanför den här raden|over denne linje|over denne linjen|tämän rivin yläpuolelle|e sor fölé|deasupra acestei linii|πάνω από αυτή τη γραμμή|فوق هذا السطر|מעל שורה זו|بالای این خط|在此行上方|请在此行以上回复|この行より上に|이 줄 위에")

var postscripts = list("ps:|p.s.|p.s:|ps.|ps |p. s.|p.p.s|pps|n.b.|nb:|nachtrag:|з.і.|з.ы.|ps -|ps,|追伸|추신|附言|又及")

// words is a table of phrases of several lists.
func words(lists ...string) map[string]bool {
	all := map[string]bool{}
	for _, l := range lists {
		for _, phrase := range list(l) {
			all[strings.TrimSpace(phrase)] = true
		}
	}
	return all
}
