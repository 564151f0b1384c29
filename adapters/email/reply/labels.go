package reply

// labels are the names of header lines, folded, as mail clients write them in their languages. Sources: Outlook, Outlook on the web, Gmail, Apple Mail, Thunderbird and Yahoo as shipped.
var labels = table(map[field]string{
	from: "from|von|de|da|van|od|fra|från|lähettäjä|feladó|de la|expéditeur|remitente|remetente|mittente|afzender|nadawca|odesílatel|odesilatel|odosielateľ|absender|avsändare|afsender|avsender|" +
		"kimden|gönderen|от|от кого|від|від кого|από|αποστολέας|expeditor|من|המרסל|מאת|فرستنده|از|发件人|發件人|寄件者|寄件人|差出人|送信者|送信元|from(差出人)|보낸 사람|보낸사람|발신|발신자|từ|người gửi|dari|จาก|подател|пошиљалац|šalje|pošiljatelj|nuo|no|saatja|remitent|प्रेषक",
	date: "date|sent|gesendet|datum|gesendet am|envoyé|envoyé le|date d'envoi|enviado|enviado el|enviado em|enviada em|enviada|fecha|data|inviato|data invio|verzonden|wysłane|wysłano|odesláno|odoslané|dátum|poslano|poslato|" +
		"sendt|dato|skickat|skickades|lähetetty|päivämäärä|päiväys|pvm|küldve|elküldve|küldés dátuma|trimis|data trimiterii|tarih|gönderilme|gönderildi|gönderme tarihi|gönderim|отправлено|дата|дата отправки|надіслано|дата надсилання|" +
		"στάλθηκε|ημερομηνία|ημ/νία|التاريخ|تاريخ الإرسال|تم الإرسال|تاريخ|أرسلت|נשלח|תאריך|תאריך שליחה|ارسال شده|تاریخ|发送时间|发送日期|发件日期|寄件日期|傳送時間|日期|时间|時間|送信日時|日時|送信|日付|보낸 날짜|날짜|보낸날짜|날짜/시간|đã gửi|ngày|thời gian|dikirim|tanggal|terkirim|ส่งเมื่อ|วันที่|изпратено|išsiųsta|nosūtīts|saadetud|enviat",
	to:      "to|an|à|a|para|per|aan|naar|do|dla|komu|til|till|vastaanottaja|címzett|către|către|destinataire|destinatario|destinatário|empfänger|ontvanger|odbiorca|příjemce|kime|alıcı|кому|до|προς|إلى|الى|אל|به|گیرنده|收件人|收件者|宛先|받는 사람|받는사람|수신|수신자|đến|tới|kepada|ke|ถึง|получател|za|prima|kam|kellele|pre|pro",
	copied:  "cc|kopie|kopie (cc)|copie|copie à|copia|cópia|kopia|dw|do wiadomości|kopi|kopio|másolatot kap|másolat|bilgi|копия|копія|κοιν|κοιν.|κοινοποίηση|نسخة|نسخة إلى|העתק|عתק|רونوشت|رونوشت|抄送|副本|抄送人|参照|참조|bcc|blindkopie|đồng kính gửi|tembusan|สำเนา|копие|kopija|în copie|cci|cco|ccn",
	subject: "subject|betreff|objet|sujet|asunto|oggetto|assunto|onderwerp|temat|předmět|predmet|konu|тема|θέμα|ämne|emne|aihe|tárgy|subiect|الموضوع|موضوع|נושא|主题|主題|主旨|标题|件名|題名|제목|chủ đề|tiêu đề|perihal|subjek|judul|เรื่อง|относно|заглавие|zadeva|tema|teema|assumpte|naslov|विषय",
	replyTo: "reply-to|antwort an|répondre à|responder a|rispondi a|responder para|beantwoorden|svar til|svara till|vastaus|ответить|odpowiedz do|yanıtla",
	other:   "importance|wichtigkeit|priorität|anlagen|anhänge|attachments|attachment|importance|pièces jointes|datos adjuntos|allegati|anexos|bijlagen|załączniki|přílohy|ekler|вложения|вкладення|συνημμένα|bilagor|vedhæftede filer|vedlegg|liitteet|mellékletek|atașări|المرفقات|קבצים מצורפים|پیوست\u200cها|附件|添付ファイル|첨부|organization|organisation|message-id|cc/bcc",
})

// captions are the lines above an answered or forwarded mail, without their dashes.
var captions = captionTable(map[Kind]string{
	Forward: "forwarded message|begin forwarded message|start of forwarded message|weitergeleitete nachricht|anfang der weitergeleiteten nachricht|weitergeleitete e-mail|message transféré|message transfere|début du message transféré|début du message réexpédié|message réexpédié|" +
		"mensaje reenviado|inicio del mensaje reenviado|mensaje remitido|messaggio inoltrato|inizio messaggio inoltrato|mensagem encaminhada|mensagem reencaminhada|início da mensagem encaminhada|início da mensagem reencaminhada|doorgestuurd bericht|begin doorgestuurd bericht|" +
		"przekazana wiadomość|wiadomość przekazana dalej|początek przekazywanej wiadomości|treść przekazanej wiadomości|přeposlaná zpráva|začátek přeposílané zprávy|preposlaná správa|začiatok preposlanej správy|iletilen mesaj|iletilmiş ileti|yönlendirilmiş ileti|iletilmiş mesaj|başlangıç: iletilen mesaj|" +
		"пересылаемое сообщение|перенаправленное сообщение|начало переадресованного сообщения|пересланное сообщение|переслане повідомлення|перенаправлене повідомлення|початок листа, що пересилається|προωθημένο μήνυμα|αρχή προωθημένου μηνύματος|vidarebefordrat meddelande|vidarebefordrat brev|vidarebefordrat mejl|" +
		"videresendt meddelelse|videresendt besked|start på videresendt besked|videresendt melding|videresendt e-post|start på videresendt melding|välitetty viesti|edelleenlähetetty viesti|välitetty viesti alkaa|továbbított üzenet|továbbított levél|mesaj redirecționat|mesaj retransmis|începutul mesajului redirecționat|" +
		"رسالة معاد توجيهها|الرسالة المعاد توجيهها|بداية الرسالة المُعاد توجيهها|הודעה שהועברה|תחילת ההודעה שהועברה|پیام فوروارد شده|پیام بازارسال شده|转发的邮件|转发邮件|轉寄的郵件|轉寄郵件|以下是转发的邮件|下面是被转发的邮件|以下是轉寄的郵件|転送メッセージ|転送されたメッセージ|전달된 메시지|전달된 이메일|" +
		"thư được chuyển tiếp|tin nhắn đã chuyển tiếp|pesan terusan|препратено съобщение|proslijeđena poruka|missatge reenviat|bắt đầu thư được chuyển tiếp",
	Quote: "original message|original appointment|回复的原邮件|回复的邮件|message original|ursprüngliche nachricht|originalnachricht|original-nachricht|message d'origine|message d’origine|mensaje original|messaggio originale|mensagem original|oorspronkelijk bericht|originele bericht|wiadomość oryginalna|oryginalna wiadomość|" +
		"původní zpráva|pôvodná správa|orijinal mesaj|özgün ileti|orijinal ileti|исходное сообщение|первоначальное сообщение|оригинальное сообщение|вихідне повідомлення|початкове повідомлення|αρχικό μήνυμα|πρωτότυπο μήνυμα|ursprungligt meddelande|originalmeddelande|oprindelig meddelelse|original meddelelse|" +
		"opprinnelig melding|alkuperäinen viesti|eredeti üzenet|mesaj original|mesajul original|الرسالة الأصلية|رسالة أصلية|הודעה מקורית|پیام اصلی|原始邮件|原邮件|原始郵件|邮件原件|元のメッセージ|オリジナルメッセージ|원본 메시지|원본메시지|원래 메시지|thư gốc|tin nhắn gốc|pesan asli|ข้อความต้นฉบับ|оригинално съобщение|originalna poruka|izvirno sporočilo|missatge original|reply message|reply above this line",
})
