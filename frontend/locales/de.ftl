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
chats-failed = Deine Unterhaltungen konnten nicht geladen werden
chat-none-open = Wähle eine Unterhaltung oder beginne eine neue.
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
