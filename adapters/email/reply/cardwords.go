package reply

// legalForms are companies' legal forms, folded, as the last word of a name.
var legalForms = words("gmbh|ag|kg|ohg|ug|gbr|se|kgaa|mbh|e.k|e.v|ev|e.g|eg|ltd|limited|llc|l.l.c|llp|inc|incorporated|corp|corporation|plc|pty|co|s.a|sa|sas|s.a.s|sarl|s.à r.l|sàrl|s.a.r.l|eurl|srl|s.r.l|spa|s.p.a|snc|s.n.c|s.l|sl|slu|s.l.u|lda|ltda|s.r.o|sro|a.s|v.o.s|spol|z.o.o|o.o|sp.j|bv|b.v|nv|n.v|vof|oy|oyj|ab|aps|a/s|as|asa|ans|kft|zrt|nyrt|bt|d.o.o|doo|d.d|ooo|оао|ооо|зао|пао|ип|тов|фоп|а.ș|a.ş|a.ş.|şti|ltd.şti|ltd. şti|ae|α.ε|ε.π.ε|ike|eood|еоод|оод|ад|uab|sia|as|oü|pte|pvt|gk|k.k|kk|bhd|group|gruppe")

// leadingForms stand before a company's name.
var leadingForms = list("công ty |cty |ооо |оао |зао |пао |ао «|тов |ип |пп |pt |cv. |firma |株式会社|有限会社|合同会社|㈜|שרכת|شركة |شرکت ")

// titles are words of job titles, folded.
var titles = words("manager|director|engineer|developer|consultant|assistant|officer|president|founder|co-founder|cofounder|ceo|cto|cfo|coo|cmo|cio|partner|associate|analyst|specialist|executive|coordinator|administrator|accountant|secretary|architect|designer|editor|lawyer|attorney|solicitor|professor|lecturer|researcher|representative|supervisor|technician|buyer|controller|head|lead|owner|advisor|adviser|recruiter|marketer|salesperson",
	"geschäftsführer|geschäftsführerin|geschäftsleiter|geschäftsleiterin|leiter|leiterin|leitung|vertriebsleiter|vertriebsleiterin|abteilungsleiter|abteilungsleiterin|projektleiter|projektleiterin|teamleiter|teamleiterin|einkauf|einkäufer|einkäuferin|sachbearbeiter|sachbearbeiterin|buchhalter|buchhalterin|buchhaltung|ingenieur|ingenieurin|entwickler|entwicklerin|berater|beraterin|kundenberater|kundenberaterin|assistenz|assistentin|prokurist|prokuristin|vorstand|inhaber|inhaberin|rechtsanwalt|rechtsanwältin|steuerberater|steuerberaterin|referent|referentin|architekt|architektin|verkaufsleiter|außendienst|kundenservice|vertrieb|sekretariat|dozent|dozentin",
	"directeur|directrice|gérant|gérante|responsable|ingénieur|chef|cheffe|assistante|comptable|avocat|avocate|président|présidente|chargé|chargée|consultante|commercial|commerciale|conseiller|conseillère|développeur|secrétaire|acheteur|acheteuse|technicien",
	"directora|gerente|jefe|jefa|responsable|ingeniero|ingeniera|abogado|abogada|contable|asesor|asesora|comercial|técnico|secretaria|socio|presidente|encargado|encargada|administrador|administradora|coordinador|coordinadora|consultor|consultora",
	"direttore|direttrice|responsabile|titolare|amministratore|ingegnere|avvocato|impiegato|impiegata|consulente|architetto|addetto|addetta|segretaria|ragioniere|commercialista|dottore|socio|capo",
	"diretor|diretora|gestor|gestora|engenheiro|engenheira|advogado|advogada|contador|contadora|analista|assistente|coordenador|coordenadora|vendedor|vendedora|sócio|sócia|desenvolvedor|técnica",
	"directrice|bedrijfsleider|adviseur|verkoper|inkoper|medewerker|eigenaar|advocaat|ontwikkelaar|projectleider|accountmanager|boekhouder|hoofd|zaakvoerder|teamleider|administratie",
	"dyrektor|kierownik|specjalista|specjalistka|prezes|księgowa|księgowy|inżynier|asystent|asystentka|handlowiec|właściciel|doradca|radca|adwokat|koordynator|programista",
	"ředitel|ředitelka|jednatel|jednatelka|manažer|manažerka|vedoucí|účetní|obchodní|inženýr|asistentka|specialista|technik|advokát|konateľ|riaditeľ|riaditeľka|programátor|majitel",
	"müdür|müdürü|genel|uzman|uzmanı|mühendis|mühendisi|sorumlu|sorumlusu|avukat|danışman|yönetici|asistanı|başkanı|direktörü|muhasebe",
	"директор|менеджер|начальник|руководитель|инженер|бухгалтер|специалист|юрист|секретарь|заместитель|разработчик|консультант|эксперт|аналитик|керівник|менеджерка|інженер|фахівець|спеціаліст|адвокат|заступник|бухгалтерка|експерт",
	"διευθυντής|διευθύντρια|μηχανικός|υπεύθυνος|υπεύθυνη|δικηγόρος|λογιστής|σύμβουλος|πωλητής|γραμματέας|πρόεδρος",
	"direktör|ekonom|ingenjör|säljare|säljchef|projektledare|konsult|vd|utvecklare|avdelningschef|inköpare|jurist|handläggare|ägare|direktør|sælger|projektleder|konsulent|udvikler|salgschef|bogholder|indehaver|daglig|selger|prosjektleder|rådgiver|utvikler|salgssjef|avdelingsleder|økonomisjef",
	"toimitusjohtaja|johtaja|myyntipäällikkö|päällikkö|projektipäällikkö|asiantuntija|insinööri|kehittäjä|myyntiedustaja|ügyvezető|igazgató|vezető|mérnök|értékesítő|ügyvéd|tanácsadó|könyvelő|projektvezető|munkatárs",
	"inginer|administrator|contabil|avocat|consilier|șef|specialist|responsabil|asociat|economist|مدير|مهندس|محاسب|محامي|مستشار|رئيس|مسؤول|מנהל|מנהלת|מהנדס|מהנדסת|סמנכ\"ל|מנכ\"ל|יועץ|יועצת|עורך|رئیس|مدیر|مدیرعامل|کارشناس|مشاور|حسابدار|sales|marketing|purchasing|procurement|logistics")

// titleEnds end titles of one word.
var titleEnds = list("leiter|leiterin|berater|beraterin|ingenieur|ingenieurin|techniker|technikerin|assistent|assistentin|entwickler|entwicklerin|leider|adviseur|manager|chef|ledare|ingenjör|säljare|leder|sjef|ingeniør|päällikkö|johtaja|insinööri")

// titlePhrases are beginnings of titles in scripts without blanks, or of several words.
var titlePhrases = list("vice president|vp |head of |chief |giám đốc|trưởng phòng|nhân viên|direktur|manajer|ผู้จัดการ")

// titleParts are titles in scripts without blanks, where a name may stand in the same line.
var titleParts = list("销售|经理|总监|工程师|主管|業務|經理|部長|課長|係長|主任|取締役|営業|担当|エンジニア|대표|부장|과장|차장|대리|팀장|이사|사원")

const maxTitlePart = 40 // bytes of a line with such a title
