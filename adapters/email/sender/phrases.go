package sender

import "strings"

// serverPrefixes are what mail servers of these languages write before the subject they answer, and nobody else: Exchange, Gmail, Zimbra, GroupWise, Notes and vacation programs as shipped.
var serverPrefixes = prefixes(
	"automatic reply|auto reply|auto-reply|autoreply|auto response|auto-response|automatic response|automated reply|automated response|out of office|out of the office|out-of-office|ooo|out of office autoreply|vacation reply", // en
	"automatische antwort|automatische abwesenheitsnotiz|abwesenheitsnotiz|abwesenheitsmeldung|automatische rückantwort|automatisch generierte antwort|abwesenheitsagent",                                                        // de
	"réponse automatique|reponse automatique|message d'absence|absence du bureau|absent du bureau|notification d'absence|réponse automatique d'absence",                                                                          // fr
	"respuesta automática|respuesta automatica|fuera de la oficina|fuera de oficina|autorespuesta|respuesta automàtica",                                                                                                          // es
	"risposta automatica|fuori ufficio|risposta automatica di assenza",                                                                                                                                                           // it
	"resposta automática|resposta automatica|ausente do escritório|fora do escritório|fora do escritorio|resposta automática de ausência",                                                                                        // pt
	"automatisch antwoord|automatische reactie|automatische beantwoording|afwezigheidsbericht|niet op kantoor",                                                                                                                   // nl
	"automatyczna odpowiedź|odpowiedź automatyczna|autoodpowiedź|poza biurem|informacja o nieobecności",                                                                                                                          // pl
	"automatická odpověď|automatická odpoveď|mimo kancelář|mimo kancelárie|oznámení o nepřítomnosti",                                                                                                                             // cs, sk
	"otomatik yanıt|otomatik cevap|ofis dışında|ofis dışındayım",                                                                                                                                                                 // tr
	"автоматический ответ|автоответ|вне офиса|нет на месте|уведомление об отсутствии",                                                                                                                                            // ru
	"автоматична відповідь|автовідповідь|поза офісом|немає на місці",                                                                                                                                                             // uk
	"αυτόματη απάντηση|εκτός γραφείου|απουσία από το γραφείο",                                                                                                                                                                    // el
	"automatiskt svar|autosvar|frånvaromeddelande|inte på kontoret|ej på kontoret",                                                                                                                                               // sv
	"automatisk svar|automatisk besvarelse|fraværsbesked|fraværsmelding|ikke på kontoret|ikke til stede",                                                                                                                         // da, no
	"automaattinen vastaus|automaattivastaus|poissaoloilmoitus|poissa toimistosta",                                                                                                                                               // fi
	"automatikus válasz|házon kívül|irodán kívül",                                                                                                                                                                                // hu
	"răspuns automat|raspuns automat|absent din birou|plecat din birou",                                                                                                                                                          // ro
	"رد تلقائي|الرد التلقائي|رد آلي|خارج المكتب",                                                                                                                                                                                 // ar
	"תשובה אוטומטית|מענה אוטומטי|מחוץ למשרד",                                                                                                                                                                                     // he
	"پاسخ خودکار|پاسخ اتوماتیک|خارج از دفتر",                                                                                                                                                                                     // fa
	"自动答复|自动回复|自動回覆|自動回復|自動答覆|不在办公室",                                                                                                                                                                                             // zh
	"自動応答|自動返信|不在通知",                                                                                                                                                                                                             // ja
	"자동 회신|자동회신|자동 응답|자동응답|부재 중 자동 응답",                                                                                                                                                                                           // ko
	"trả lời tự động|thư trả lời tự động|balasan otomatis|jawaban otomatis|ตอบกลับอัตโนมัติ",                                                                                                                                     // vi, id, th
	"автоматичен отговор|извън офиса|automatski odgovor|izvan ureda|samodejni odgovor|automatinis atsakymas|automātiskā atbilde|automaatvastus|resposta automàtica|स्वचालित उत्तर",                                               // bg, hr, sl, lt, lv, et, ca, hi
)

// absenceWords are what people put before an absence note, and before other mails too.
var absenceWords = prefixes(
	"auto:|autoresponse|i am out of|i'm out of|on vacation|vacation|away from|on holiday|on leave|maternity leave|parental leave|i am away|annual leave|thank you for your email|thank you for contacting|we have received your|your message has been received",
	"abwesenheit|abwesend|abwesenheitsassistent|nicht im büro|urlaub|im urlaub|ich bin nicht im büro|ich bin bis|eingangsbestätigung|elternzeit|mutterschutz|absence|absent|en congé|en congés|je suis absent|accusé de réception|actuellement absent",
	"ausente|ausencia|de vacaciones|mensaje automático|acuse de recibo|fuori sede|assente|assenza|messaggio automatico|in ferie|conferma di ricezione|ausência|de férias|mensagem automática|ausência temporária|afwezig|afwezigheid|niet aanwezig|ontvangstbevestiging|buiten kantoor|automatisch bericht|vakantie",
	"autoresponder|nieobecność|nieobecny|nieobecna|urlop|jestem poza|potwierdzenie otrzymania|nepřítomnost|v nepřítomnosti|nejsem v kanceláři|neprítomnosť|dovolená|potvrzení přijetí|izindeyim|işyeri dışında|işyerinde yok|otomatik ileti|yıllık izin",
	"автоматическое сообщение|автоответчик|отсутствие на рабочем месте|в отпуске|я в отпуске|отпуск|у відпустці|відпустка|відсутність|απουσία|αυτόματο μήνυμα|σε άδεια|frånvaro|på semester|semester|frånvarande|tjänstledig|fravær|på ferie|ferie|ikke tilgjengelig|fraværende|barsel|foreldrepermisjon",
	"poissa|lomalla|en ole paikalla|poissaolo|automatikus üzenet|szabadságon|távollét|nem vagyok az irodában|în concediu|absență|mesaj automat|في إجازة|خارج مكتب|הודעה אוטומטית|לא במשרד|בחופשה|مرخصی|外出|休假中|休假|自動送信|不在のお知らせ|外出中|休暇中|부재 중|부재중|자동답장|외출 중|휴가 중|vắng mặt|tidak di kantor|ไม่อยู่ที่สำนักงาน",
)

// bouncePrefixes begin the subjects of notices that a mail did not arrive.
var bouncePrefixes = prefixes(
	"undeliverable|undelivered mail|undeliverable mail|mail delivery failed|mail delivery failure|mail delivery system|delivery status notification|delivery failure|delivery failed|delivery notification|delivery report|returned mail|mail returned|returned to sender|failure notice|message undeliverable|message delivery failure|non delivery|nondeliverable|warning: could not send|warning: message|delayed mail|delivery delayed|mail system error|rejected:|address not found|message blocked|message not delivered|your message couldn't be delivered|email delivery failure",
	"unzustellbar|nicht zustellbar|zustellung fehlgeschlagen|unzustellbare nachricht|zustellungsfehler|nachricht unzustellbar|fehler bei der zustellung|zustellung verzögert|benachrichtigung zum übermittlungsstatus",
	"non remis|non distribuable|échec de la remise|échec de remise|message non distribué|échec de distribution|notification d'état de remise|impossible de remettre|retour de courrier|no entregado|no se puede entregar|error de entrega|mensaje no entregado|devuelto|notificación de estado de la entrega|entrega retrasada",
	"non recapitabile|mancato recapito|messaggio non recapitabile|consegna non riuscita|impossibile recapitare|errore di consegna|não entregue|falha na entrega|não foi possível entregar|mensagem não entregue|notificação de status de entrega|undelivered|niet bezorgd|niet te bezorgen|onbestelbaar|bezorging mislukt|kan niet worden bezorgd",
	"niedostarczone|niedostarczalne|nie można dostarczyć|błąd dostarczenia|zwrot wiadomości|nedoručitelné|nedoručiteľné|nelze doručit|zpráva nebyla doručena|teslim edilemedi|iletilemedi|teslimat başarısız|недоставлено|не доставлено|недоставленное сообщение|ошибка доставки|не удается доставить|сообщение не доставлено|не доставлено:|не вдалося доставити|помилка доставки",
	"δεν είναι δυνατή η παράδοση|αποτυχία παράδοσης|μη παραδοτέο|det går inte att leverera|går inte att leverera|olevererbart|kan inte levereras|kan ikke leveres|ikke leveret|ikke levert|kunne ikke leveres|uleverbar|ei voi toimittaa|toimitus epäonnistui|toimittamaton|kézbesíthetetlen|nem kézbesíthető|kézbesítési hiba|nelivrabil|nelivrat|nu poate fi livrat",
	"تعذر التسليم|لم يتم التسليم|فشل التسليم|לא ניתן למסור|המסירה נכשלה|قابل تحویل نیست|تحویل نشد|无法投递|未送达|退信|系统退信|無法傳遞|無法遞送|退信通知|配信不能|配信できません|送信できませんでした|未配達|배달되지 않음|배달 실패|반송|전송 실패|không thể gửi|tidak terkirim",
)

func prefixes(lists ...string) []string {
	var all []string
	for _, list := range lists {
		for words := range strings.SplitSeq(list, "|") {
			all = append(all, foldSubject(words))
		}
	}
	return all
}
