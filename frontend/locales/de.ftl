# Studyhall auf Deutsch. Schlichte Sätze, keine Ausrufezeichen, „du“.
# Ein Test hält alle Sprachen bei denselben Schlüsseln und Argumenten.

## Überall

cancel = Abbrechen
clear = Leeren
close = Schließen
connection = Verbindung
copied = Kopiert
copy-failed = Der Browser hat es nicht erlaubt. Markiere den Text und kopiere ihn selbst.
copy = Kopieren
dismiss = Ausblenden
just-now = gerade eben
loading = Wird geladen
notices = Hinweise
offline = Offline. Nachrichten werden gesendet, sobald du wieder verbunden bist.
reconnecting = Verbindung wird wiederhergestellt …
retry = Erneut versuchen
show-typed = Eingabe anzeigen
today = Heute
unread-count = { $count ->
    [one] { $count } ungelesene Nachricht
   *[other] { $count } ungelesene Nachrichten
}
yesterday = Gestern

## Nachrichten

chat-new = Neu
code-copy = Code kopieren
table = Tabelle
task-done = Erledigt
task-open = Offen

## Emojis

emoji-search = Emoji suchen
emoji-found = Gefunden
emoji-none = Kein Emoji heißt so.
emoji-recent = Zuletzt verwendet
emoji-smileys = Smileys und Herzen
emoji-people = Gesten und Menschen
emoji-nature = Natur
emoji-food = Essen und Trinken
emoji-activities = Aktivitäten
emoji-places = Orte und Wetter
emoji-objects = Gegenstände
emoji-symbols = Symbole

## Tasten

keys-title = Tastenkürzel
keys-everywhere = Überall
keys-jump = Zu einer Unterhaltung, Person oder Gruppe springen
keys-previous = Vorherige Unterhaltung
keys-next = Nächste Unterhaltung
keys-close = Schließen, dann als gelesen markieren
keys-help = Diese Liste
keys-writing = Schreiben
keys-send = Senden
keys-break = Neue Zeile
keys-edit-last = Letzte eigene Nachricht bearbeiten, wenn nichts eingegeben ist
keys-mention = Jemanden erwähnen
keys-emoji = Emoji nach Namen einfügen
keys-messages = Nachrichten
keys-between = Zwischen Nachrichten
keys-actions = Was man mit einer tun kann
keys-among = Zwischen ihren Aktionen
keys-lists = Listen und Menüs
keys-move = Bewegen
keys-ends = Anfang und Ende
keys-open = Öffnen

## Um jede Seite herum

app-name = Studyhall
main-navigation = Hauptbereich
place-chats = Chats
account = Konto
settings = Einstellungen
sign-out = Abmelden
sign-out-title = Jetzt abmelden?
sign-out-unsent = Eine Nachricht von dir wurde noch nicht gesendet. Beim Abmelden geht sie verloren.
skip = Zum Inhalt springen
back = Zurück
more = Mehr
save = Speichern
saved = Gespeichert.
search = Suche
you = Du
theme = Farbschema
theme-system = Wie das System
theme-light = Hell
theme-dark = Dunkel
deleted-user = Gelöschtes Konto
presence-online = Online
presence-away = Abwesend
presence-offline = Offline
not-found-title = Nicht gefunden
jump-to = Springen zu
jump-none = Niemand und nichts heißt so.
not-found = Unter dieser Adresse ist nichts.
not-found-back = Zu deinen Chats
part-failed = Dieser Teil konnte nicht geladen werden
part-failed-text = Prüfe deine Verbindung und versuche es noch einmal. Hilft das nicht, lade die Seite neu.
unreachable-title = Der Server ist nicht erreichbar
unreachable-text = Prüfe deine Verbindung. Wir versuchen es weiter.

## Anmelden

door-line = Ein ruhiger Ort, um zusammen zu lernen.
sign-in = Anmelden
username = Benutzername
username-hint = 3 bis 32 aus a–z, 0–9, Punkt, Strich und Unterstrich. Er lässt sich später nicht ändern.
password = Passwort
password-hint = Mindestens 8 Zeichen.
display-name = Anzeigename
display-name-hint = Was andere sehen. Du kannst ihn jederzeit ändern.
create-account = Konto anlegen
create-account-title = Ein Konto anlegen
create-account-link = Ein Konto anlegen
have-account-link = Ich habe ein Konto
session-ended = Deine Sitzung ist beendet. Melde dich wieder an, um dort weiterzumachen.

## Was schiefging

error-unreachable = Der Server ist nicht erreichbar. Prüfe deine Verbindung und versuche es noch einmal.
field-required = Fülle das aus.
field-nul = Darin ist ein Zeichen, das sich nicht speichern lässt. Tippe es neu.
field-username-too_short = Mindestens 3 Zeichen.
field-username-too_long = Höchstens 32 Zeichen.
field-username-invalid = Nimm a–z, 0–9, Punkt, Binde- und Unterstrich, am Ende einen Buchstaben oder eine Ziffer.
field-password-too_short = Mindestens 8 Zeichen.
field-password-too_long = Höchstens 256 Zeichen.
field-new_password-too_short = Mindestens 8 Zeichen.
field-new_password-too_long = Höchstens 256 Zeichen.
error-unexpected = Der Server hat etwas geantwortet, das wir nicht verstehen. Lade die Seite neu.
error-signed-out = Du bist abgemeldet. Melde dich wieder an.
error-invalid_credentials = Benutzername oder Passwort ist falsch.
error-account_suspended = Dieses Konto ist gesperrt. Frage jemanden, der hier verwaltet.
error-username_taken = Dieser Benutzername ist vergeben. Wähle einen anderen.
error-wrong_password = Das Passwort ist falsch.
error-registration_closed = Hier kann man sich nicht selbst ein Konto anlegen. Frage jemanden, der hier verwaltet.
error-dm_not_allowed = Diese Person nimmt keine Nachrichten von dir an.
error-rate_limited = Das war etwas zu schnell. Warte einen Moment und versuche es noch einmal.
error-unavailable = Ein Teil des Dienstes ist nicht verfügbar. Versuche es gleich noch einmal.
error-owner_must_transfer = Dir gehören Gruppen. Übergib sie zuerst jemand anderem.
error-blocked = Eine von euch beiden Personen hat die andere blockiert.
error-banned = Du bist aus dieser Gruppe verbannt.
error-invite_only = In diese Gruppe kommt man nur mit einer Einladung.
error-invite_invalid = Diese Einladung ist verbraucht, abgelaufen oder zurückgezogen. Bitte um eine neue.
error-group_archived = Diese Gruppe ist archiviert: niemand schreibt mehr darin.
error-already_friends = Ihr seid schon befreundet.
error-already_requested = Du hast schon gefragt.
error-too_many_requests = Zu viele deiner Anfragen warten auf eine Antwort. Nimm zuerst einige zurück.
error-reset_invalid = Dieser Link für ein neues Passwort ist verbraucht oder abgelaufen. Bitte die Verwaltung um einen neuen.
error-report_resolved = Jemand anderes hat diese Meldung schon bearbeitet.
error-last_superuser = Du bist der letzte Superuser. Ernenne zuerst jemand anderen.
error-task_not_retryable = Diese Aufgabe läuft oder ist erledigt; es gibt nichts zu wiederholen.
error-too_large = Das ist zu groß.
error-unsupported_media_type = Diese Art von Datei geht hier nicht. Wähle ein Bild als PNG, JPEG, GIF oder WebP.
error-message_deleted = Diese Nachricht wurde gelöscht.
error-not_found = Das ist nicht mehr da.
error-forbidden = Das darfst du nicht.

## Chats

conversations = Unterhaltungen
chats-empty = Hier werden deine Unterhaltungen stehen.
chats-empty-guest = Hier werden Unterhaltungen stehen, die jemand mit dir beginnt.
chats-failed = Deine Unterhaltungen konnten nicht geladen werden
chat-none-open = Wähle eine Unterhaltung oder beginne eine neue.
chat-none-open-guest = Wähle eine Unterhaltung.
start-chat = Chat beginnen
chat-unknown = Diese Unterhaltung gibt es nicht, oder du darfst sie nicht sehen.
chat-empty = Hier wurde noch nichts gesagt. Sag Hallo.
chat-beginning = Hier beginnt die Unterhaltung.
history-failed = Die Nachrichten konnten nicht geladen werden
new-chat = Neuer Chat
find-people = Leute finden
find-people-hint = Tippe den Anfang eines Namens, zwei Buchstaben oder mehr.
find-people-none = Kein Name beginnt so.
people = Leute
search-failed = Die Suche hat nicht geklappt
search-messages = Nachrichten durchsuchen
search-none = Keine Nachricht enthält diese Wörter.
search-results = Suchergebnisse
search-here = In dieser Unterhaltung suchen
search-here-hint = Wörter oder Teile davon, die hier geschrieben wurden.
no-messages-yet = Noch keine Nachrichten
preview-own = Du: { $text }
preview-of = { $name }: { $text }
new-message-from = Neue Nachricht von { $name }
typing-short = schreibt …
typing-one = { $name } schreibt …
typing-two = { $first } und { $second } schreiben …
typing-many = Mehrere schreiben …
draft = Entwurf:
messages = Nachrichten
message = Nachricht
message-label = { $name }, { $time }
message-actions = Aktionen
message-deleted = Diese Nachricht wurde gelöscht.
message-edited = bearbeitet
message-pinned = angeheftet
message-pending = Unterwegs
message-failed = Nicht gesendet. { $why }
message-retry = Noch einmal
message-discard = Verwerfen
message-too-long = Eine Nachricht hat höchstens { $max } Zeichen.
quote-earlier = Eine frühere Nachricht
reaction-label = { $count } { $emoji }: { $names }
react = Reagieren
react-failed = Die Reaktion ist nicht angekommen. { $why }
reply = Antworten
reply-cancel = Abbrechen
replying-to = Antwort an { $name }: { $text }
edit = Bearbeiten
edit-message = Text bearbeiten
delete = Löschen
delete-title = Diese Nachricht löschen?
delete-text = Sie ist dann für alle weg. Das lässt sich nicht rückgängig machen.
pin = Anheften
copy-text = Text kopieren
copy-link = Link kopieren
peer-deleted = Dieses Konto wurde gelöscht. Was geschrieben wurde, bleibt.
pin-failed = Das Anheften hat nicht geklappt. { $why }
send = Senden
insert-emoji = Emoji einfügen
completions = Vorschläge
mention-everyone = Alle hier
new-count = { $count ->
    [one] { $count } neue Nachricht
   *[other] { $count } neue Nachrichten
}
to-latest = Neueste Nachrichten
member-joined = { $name } ist jetzt dabei
member-left = { $name } ist nicht mehr dabei
member-role = { $name } ist jetzt { $role }

## Einzelheiten einer Unterhaltung

details = Einzelheiten
close-details = Einzelheiten schließen
members = Mitglieder
pins = Angeheftete Nachrichten
pins-tab = Angeheftet
pins-empty = Hier wird stehen, was angeheftet ist.
pins-failed = Die angehefteten Nachrichten konnten nicht geladen werden
notify = Sag mir Bescheid bei
notify-all = Jeder Nachricht
notify-mentions = Erwähnungen
notify-none = Nichts

## Einstellungen

settings-sections = Abschnitte
settings-profile = Profil
settings-appearance = Aussehen und Tasten
settings-language = Sprache und Zeit
settings-password = Passwort
settings-sessions = Sitzungen
settings-account = Konto
about-you = Über dich
avatar = Bild
avatar-hint = Ein PNG, JPEG, GIF oder WebP. Es wird quadratisch zugeschnitten.
avatar-choose = Bild wählen
avatar-remove = Entfernen
avatar-too-large = Das Bild ist größer als { $mb } MB. Wähle ein kleineres.
bio = Über mich
bio-hint = Ein paar Worte über dich.
dm-policy = Wer dir schreiben darf
dm-everyone = Alle
dm-friends = Freunde
dm-nobody = Niemand
theme-hint = Gilt auf diesem Gerät.
writing = Schreiben
send-with-modifier = Mit Strg+Enter senden
send-with-modifier-hint = Enter allein beginnt dann eine neue Zeile.
language = Sprache
timezone = Zeitzone
timezone-hint = Zeiten werden in dieser Zone gezeigt.
password-change = Passwort ändern
password-change-hint = Jede andere Sitzung endet, wenn du es änderst.
password-changed = Das Passwort ist geändert. Andere Sitzungen sind beendet.
password-current = Aktuelles Passwort
password-new = Neues Passwort
sessions-hint = Wo du angemeldet bist. Beende, was du nicht kennst.
sessions-failed = Die Sitzungen konnten nicht geladen werden
sessions-end-others = Alle anderen beenden
session-current = Diese hier
session-end = Beenden
session-end-label = Die Sitzung in { $device } beenden
session-unknown = Unbekanntes Gerät
delete-account = Konto löschen
delete-account-hint = Dein Profil und deine Dateien werden gelöscht. Deine Nachrichten bleiben, als von einem gelöschten Konto.
delete-account-text = Das lässt sich nicht rückgängig machen. Gib dein Passwort ein, um fortzufahren.

## Orte

place-friends = Freunde
place-groups = Gruppen
place-admin = Verwaltung
number = { $count }
waiting-count = { $count } neu
write-to = Nachricht schreiben
copy-by-hand = Der Browser lässt uns nicht kopieren. Markiere den Text und kopiere ihn selbst.
list-failed = Das konnte nicht geladen werden

## Freunde

add-friend = Freund hinzufügen
friend-requests = Anfragen
friends-blocked = Blockiert
friends-failed = Deine Freunde konnten nicht geladen werden
friends-empty = Hier werden deine Freunde stehen. Finde Leute über ihren Namen.
friends-empty-guest = Hier werden deine Freunde stehen. Jemand kann dich anfragen.
friend-accept = Annehmen
friend-reject = Ablehnen
friend-remove = Entfernen
friend-removed = Ihr seid nicht mehr befreundet: { $name }
friend-ask-again = Wieder anfragen
friend-take-back = Zurücknehmen
friend-block = Blockieren
friend-unblock = Freigeben
peer-blocked = Du hast diese Person blockiert. Gib sie unter Einzelheiten frei, um wieder zu schreiben.
relation-friend = Befreundet
relation-asked = Angefragt
relation-asked-me = Fragt dich
relation-blocked = Blockiert
requests-empty = Niemand wartet auf eine Antwort.
requests-incoming = Warten auf deine Antwort
requests-outgoing = Du wartest auf eine Antwort
requests-failed = Die Anfragen konnten nicht geladen werden
blocked-empty = Du hast niemanden blockiert.
block-title = { $name } blockieren?
block-text = Ihr seid dann nicht mehr befreundet und könnt einander nicht schreiben. Du kannst das jederzeit aufheben.
guest-no-search = Als Gast kannst du keine Leute suchen. Anfragen, die du bekommst, kannst du beantworten.

## Gruppen

groups-mine = Deine Gruppen
groups-discover = Gruppen entdecken
groups-find = Gruppen finden
groups-failed = Deine Gruppen konnten nicht geladen werden
groups-empty = Hier werden die Gruppen stehen, in denen du bist.
groups-empty-guest = Hier werden die Gruppen stehen, in die du eingeladen wirst.
guest-no-discover = Als Gast kannst du keine Gruppen suchen. Jemand kann dich einladen.
discover-empty = Es gibt noch keine öffentlichen Gruppen.
discover-none = Keine öffentliche Gruppe heißt so.
group-create = Gruppe anlegen
group-new = Neue Gruppe
group-none-open = Wähle eine Gruppe oder finde eine.
group-name = Name
group-description = Beschreibung
group-description-hint = Worum es geht und für wen sie ist.
group-visibility = Wer sie findet
visibility-private = Nur ihre Mitglieder
visibility-public = Alle
group-policy = Wie man hineinkommt
policy-invite = Mit einer Einladung
policy-approval = Auf Anfrage
policy-open = Durch Beitreten
group-public = Öffentlich
group-private = Privat
group-open = offen für alle
group-approval = auf Anfrage
group-by-invite = mit Einladung
group-archived = Archiviert
group-in = Du bist dabei
member-count = { $count ->
    [one] { $count } Mitglied
   *[other] { $count } Mitglieder
}
group-about = Über die Gruppe
group-sections = Teile der Gruppe
group-page = Seite der Gruppe
group-open-chat = Chat öffnen
group-unknown = Diese Gruppe gibt es nicht, oder du darfst sie nicht sehen.
group-unknown-back = Zu deinen Gruppen
group-failed = Die Gruppe konnte nicht geladen werden
group-join = Beitreten
group-ask = Beitritt anfragen
group-waiting = Du hast angefragt. Du hörst, sobald jemand geantwortet hat.
group-invite-only = In diese Gruppe kommt man mit einer Einladung.
group-archived-join = Diese Gruppe ist archiviert.
group-leave = Gruppe verlassen
group-leave-title = { $name } verlassen?
group-leave-text = Du siehst ihre Nachrichten dann nicht mehr. Ob du zurückkannst, hängt davon ab, wie man hineinkommt.
group-owner-stays = Diese Gruppe gehört dir. Um zu gehen, übergib sie zuerst einem anderen Mitglied.
group-requests = Beitrittsanfragen
group-requests-count = { $count ->
    [one] { $count } Beitrittsanfrage
   *[other] { $count } Beitrittsanfragen
}
group-requests-empty = Niemand wartet darauf, hereinzukommen.
group-approve = Aufnehmen
group-deny = Abweisen
group-bans = Gesperrt
bans-empty = Niemand ist gesperrt.
bans-failed = Die Sperren konnten nicht geladen werden
ban-title = { $name } sperren?
ban-text = Die Person ist sofort draußen und kommt nicht zurück, bis die Sperre aufgehoben wird.
ban-reason = Grund
ban-reason-hint = Freiwillig. Wer die Gruppe führt, sieht ihn.
ban-by = Gesperrt von { $name }
ban-lift = Sperre aufheben
members-failed = Die Mitglieder konnten nicht geladen werden
members-more = Weitere Mitglieder
members-search = Mitglieder finden
members-add = Leute hinzufügen
member-add = Hinzufügen
member-there = Ist dabei
member-asked = Eingeladen
member-invited = { $name } entscheidet selbst und wurde eingeladen.
member-actions = Aktionen für { $name }
member-make-owner = Die Gruppe übergeben
member-make-admin = Zum Admin machen
member-make-moderator = Zum Moderator machen
member-make-member = Zum einfachen Mitglied machen
member-remove = Aus der Gruppe entfernen
member-ban = Sperren
remove-title = { $name } entfernen?
remove-text = Die Person ist sofort draußen und kann zurückkommen, wenn man sie wieder hereinlässt.
transfer-title = Die Gruppe { $name } übergeben?
transfer-text = Du bist dann Admin und kannst das nicht selbst rückgängig machen.
role-owner = Inhaber
role-admin = Admin
role-moderator = Moderator
role-member = Mitglied
group-archive = Archivieren
group-unarchive = Wieder öffnen
group-archive-title = Archiv
group-archive-text = Eine archivierte Gruppe können alle weiter lesen, aber niemand kann darin schreiben.
group-delete = Gruppe löschen
group-delete-hint = Die Gruppe und ihre Nachrichten sind für alle Mitglieder weg.
group-delete-title = { $name } löschen?
group-delete-text = Die Gruppe und alle ihre Nachrichten sind dann für alle weg. Das lässt sich nicht rückgängig machen.
group-was-archived = { $name } hat die Gruppe archiviert
group-was-updated = { $name } hat die Gruppe geändert
group-read-only = Diese Gruppe ist archiviert. Du kannst sie lesen, aber niemand kann schreiben.
member-joined-by = { $actor } hat { $name } hinzugefügt
member-left-by = { $actor } hat { $name } entfernt
gone-left = Du hast { $name } verlassen.
gone-removed = Du bist kein Mitglied von { $name } mehr.
gone-banned = Du wurdest in { $name } gesperrt.
gone-deleted = { $name } wurde gelöscht.

## Einladungen

invite = Einladen
invite-title = Leute einladen
invite-text = Wer den Link hat, kommt herein, solange er gilt.
invite-create = Link anlegen
invite-life = Gültig für
invite-uses = Für wie viele
invite-forever = Unbegrenzt
invite-hours = { $count ->
    [one] { $count } Stunde
   *[other] { $count } Stunden
}
invite-days = { $count ->
    [one] { $count } Tag
   *[other] { $count } Tage
}
invite-any-uses = Beliebig viele
invite-max-uses = { $count ->
    [one] { $count } Person
   *[other] { $count } Personen
}
invites = Links
invites-empty = Es gibt noch keinen Link.
invites-failed = Die Links konnten nicht geladen werden
invite-link = Link
invite-copy = Link kopieren
invite-copied = Der Link ist kopiert.
invite-used = { $uses ->
    [0] Noch nicht benutzt
    [one] { $uses }-mal benutzt
   *[other] { $uses }-mal benutzt
}
invite-used-of = { $uses } von { $most } Mal benutzt
invite-until = gültig bis { $when }
invite-withdraw = Zurückziehen
invite-failed = Die Einladung konnte nicht geladen werden
invited-to = Du bist eingeladen
invite-register = Konto anlegen und beitreten
invite-sign-in = Ich habe ein Konto

## Benachrichtigungen

notifications = Benachrichtigungen
notifications-read-all = Alle als gelesen markieren
notifications-empty = Hier wird stehen, wovon du hören solltest.
notifications-failed = Die Benachrichtigungen konnten nicht geladen werden
notifications-older = Ältere
notification-unread = Ungelesen
unread-notifications = { $count ->
    [one] { $count } ungelesene Benachrichtigung
   *[other] { $count } ungelesene Benachrichtigungen
}

## Meldungen und Verwaltung

report = Melden
report-title = Nachricht melden
report-text = Die Moderation sieht diese Nachricht und was du dazu schreibst. Wer sie verfasst hat, erfährt nicht, von wem die Meldung kommt.
report-reason = Was stimmt damit nicht?
report-reason-hint = Ein, zwei Sätze.
report-send = Meldung senden
report-sent = Danke. Du hörst, was daraus geworden ist.
report-by = Gemeldet von { $name }
report-note = Notiz
report-note-hint = Freiwillig, für die anderen in der Moderation.
report-dismiss = Verwerfen
report-delete = Nachricht löschen
report-suspend = Verfasser sperren
report-dismissed = Verworfen
report-deleted = Nachricht gelöscht
report-suspended = Verfasser gesperrt
report-resolved-by = von { $name }
reports-open = Offen
reports-resolved = Erledigt
reports-open-empty = Keine Meldung wartet auf dich.
reports-resolved-empty = Noch ist keine Meldung erledigt.
admin-reports = Meldungen
admin-users = Konten
admin-audit = Protokoll
admin-stats = Zahlen
admin-find-users = Konten finden
admin-no-users = Niemand passt dazu.
admin-role = Rolle
admin-any-role = Jede Rolle
admin-suspended = Gesperrt
admin-never = keine Sitzung
admin-last-seen = zuletzt hier { $when }
admin-reset-link = Link zum Zurücksetzen
admin-reset-text = Mit diesem Link setzt { $name } einmal ein neues Passwort. Gib ihn nur persönlich weiter.
admin-reset-make = Link erstellen
admin-reset-failed = Der Link konnte nicht erstellt werden
admin-suspend = Sperren
admin-restore = Sperre aufheben
admin-suspend-title = { $name } sperren?
admin-suspend-text = Die Sitzungen enden sofort, und Anmelden geht erst wieder, wenn die Sperre aufgehoben ist.
admin-restore-title = { $name } wieder hereinlassen?
admin-restore-text = Anmelden geht dann wieder.
admin-role-title = { $name } die Rolle { $role } geben?
admin-role-text = Was die Person darf, ändert sich sofort.
admin-role-set = Rolle ändern
global-superuser = Superuser
global-admin = Administrator
global-moderator = Moderator
global-user = Benutzer
global-guest = Gast
audit-hint = Jeder Eintrag ist mit dem davor verkettet, damit keine Änderung unbemerkt bleibt. Auch Verweigertes steht darin.
audit-empty = Solche Einträge gibt es nicht.
audit-by = Von { $name }
audit-operator = Betrieb
audit-number = Nr.
audit-when = Wann
audit-who = Wer
audit-what = Was
audit-target = Woran
audit-outcome = Ergebnis
audit-done = getan
audit-denied = verweigert
stats-failed = Die Zahlen konnten nicht geladen werden
stats-users = Konten
stats-active = Aktiv seit gestern
stats-suspended = Gesperrt
stats-sessions = Sitzungen
stats-direct = Direkte Unterhaltungen
stats-groups = Gruppen
stats-reports = Offene Meldungen
stats-by-role = Konten nach Rolle
audit-any = Alles
act-user-create = Konto anlegen
act-user-set_role = Rolle ändern
act-user-suspend = Sperren
act-user-restore = Sperre aufheben
act-user-reset_link = Link zum Zurücksetzen
act-user-reset_password = Passwort zurücksetzen
act-group-update = Gruppe ändern
act-group-delete = Gruppe löschen
act-group-set_role = Rolle in einer Gruppe ändern
act-group-add_member = Mitglied hinzufügen
act-group-remove_member = Mitglied entfernen
act-group-ban = Mitglied sperren
act-group-unban = Gruppensperre aufheben
act-group-invite = In eine Gruppe einladen
act-group-answer_join_request = Beitrittsanfrage beantworten
act-task-retry = Aufgabe noch einmal versuchen
act-tasks-list = Aufgaben auflisten
act-message-delete = Nachricht löschen
act-report-resolve = Meldung bearbeiten
act-users-list = Konten auflisten
act-stats-read = Zahlen lesen
act-reports-list = Meldungen auflisten
act-audit-read = Protokoll lesen

## Setting a new password

reset-title = Neues Passwort setzen
reset-text = Deine anderen Sitzungen enden damit.
reset-done = Dein Passwort ist gesetzt. Melde dich damit an.
reset-invalid = Dieser Link wurde schon benutzt oder ist zu alt. Bitte um einen neuen.
