/* SPDX-License-Identifier: Apache-2.0 */
#include "texts_parts.h"

/* What can be done about what is not the person's fault. */
#define LATER                                                                                      \
    "Warten Sie eine Minute und öffnen Sie diese Seite noch einmal. Geschieht es wieder, wenden " \
    "Sie sich mit der Vorgangsnummer unten an die Betreiber dieser Website."

static const mtls_words_t german = {
    .texts =
        {
            [MTLS_TEXT_HOST] = "Host",
            [MTLS_TEXT_STATUS] = "Status",
            [MTLS_TEXT_REASON] = "Grund",
            [MTLS_TEXT_REFERENCE] = "Vorgangsnummer",
            [MTLS_TEXT_ISSUERS] = "Hier anerkannte Aussteller",
            [MTLS_TEXT_SHOW] = "Zertifikat vorzeigen",
            [MTLS_TEXT_SHOW_ANOTHER] = "Ein anderes Zertifikat vorzeigen",
            [MTLS_TEXT_NEW_WINDOW] =
                ("Dafür öffnet sich ein neues Fenster. Wenn Sie Ihr Zertifikat dort "
                 "vorgezeigt haben, kommen Sie in dieses Fenster zurück und senden Sie "
                 "Ihre Eingaben noch einmal ab."),
            [MTLS_TEXT_AGAIN] = "Noch einmal versuchen",
            [MTLS_TEXT_AGAIN_CLOSE] =
                ("Browser merken sich, welches Zertifikat Sie gewählt haben oder dass "
                 "Sie keines gewählt haben, bis alle ihre Fenster geschlossen sind."),
            [MTLS_TEXT_AGAIN_ASKED] =
                ("Wenn Ihr Browser nicht fragt, welches Zertifikat er verwenden soll, "
                 "hat er sich Ihre letzte Wahl gemerkt. Schließen Sie dann zuerst alle "
                 "seine Fenster."),
            [MTLS_TEXT_AGAIN_LINK] = "Diese Seite noch einmal öffnen",
            [MTLS_TEXT_DONE_TITLE] = "Sie haben Ihr Zertifikat vorgezeigt.",
            [MTLS_TEXT_DONE] =
                ("Gehen Sie zu der Seite oder dem Fenster zurück, von dem Sie gekommen "
                 "sind, und wiederholen Sie dort, was Sie tun wollten."),
            [MTLS_TEXT_DONE_CLOSE] =
                "Wenn sich dafür ein eigenes Fenster geöffnet hat, können Sie es schließen.",
            [MTLS_TEXT_LOGOUT_TITLE] = "Möchten Sie sich abmelden?",
            [MTLS_TEXT_LOGOUT] =
                ("Diese Website vergisst dann, dass Sie Ihr Zertifikat vorgezeigt haben. "
                 "Seiten, die es brauchen, fragen wieder danach."),
            [MTLS_TEXT_LOGOUT_BUTTON] = "Abmelden",
            [MTLS_TEXT_LOGOUT_DONE_TITLE] = "Sie sind abgemeldet.",
            [MTLS_TEXT_LOGOUT_DONE] =
                "Diese Website hat vergessen, dass Sie Ihr Zertifikat vorgezeigt haben.",
            [MTLS_TEXT_LOGOUT_NOTHING_TITLE] = "Sie sind nicht angemeldet.",
            [MTLS_TEXT_LOGOUT_NOTHING] =
                "Ihr Browser hat nichts mitgebracht, was diese Website vergessen könnte.",
            [MTLS_TEXT_LOGOUT_KEEPS] =
                ("Ihr Browser kann sich weiterhin merken, welches Zertifikat Sie gewählt "
                 "haben, und es wieder vorzeigen, ohne Sie zu fragen. Wenn auch andere "
                 "dieses Gerät benutzen, schließen Sie alle Fenster des Browsers und "
                 "entnehmen Sie Ihre Chipkarte."),
        },
    .reasons = {
        [MTLS_REASON_UNDECIDED] =
            {"Über diese Anfrage wurde nicht entschieden.",
             "Bitte wenden Sie sich mit der Vorgangsnummer unten an die Betreiber dieser Website."},
        [MTLS_REASON_GOOD] = {"Ihr Zertifikat wurde angenommen.", "Sie müssen nichts weiter tun."},
        [MTLS_REASON_UNTRUSTED_ISSUER] =
            {"Ihr Zertifikat stammt von einem Aussteller, der hier nicht anerkannt wird.",
             "Wählen Sie ein Zertifikat eines der hier anerkannten Aussteller. Wenn "
             "Sie eines haben und nicht gefragt wurden, welches Sie verwenden "
             "möchten, schließen Sie alle Fenster des Browsers und öffnen Sie diese "
             "Seite noch einmal."},
        [MTLS_REASON_SELF_SIGNED] =
            {"Ihr Zertifikat ist von sich selbst unterschrieben und nicht von einem "
             "Aussteller, der hier anerkannt wird.",
             "Wählen Sie ein Zertifikat eines der hier anerkannten Aussteller, oder "
             "bitten Sie die Betreiber dieser Website, Ihres zuzulassen."},
        [MTLS_REASON_BAD_SIGNATURE] =
            {"Die Unterschrift unter Ihrem Zertifikat oder unter dem eines seiner "
             "Aussteller stimmt nicht.",
             "Wählen Sie ein anderes Zertifikat, oder bitten Sie den Aussteller um ein neues."},
        [MTLS_REASON_NOT_PINNED] =
            {"Ihr Zertifikat ist keines von denen, die hier einzeln zugelassen sind.",
             "Wählen Sie das Zertifikat, das hier eingetragen ist, oder bitten Sie "
             "die Betreiber dieser Website, dieses einzutragen."},
        [MTLS_REASON_EXPIRED] =
            {"Ihr Zertifikat ist abgelaufen.",
             "Bitten Sie seinen Aussteller um ein neues. Wenn Sie schon ein neueres "
             "haben, schließen Sie alle Fenster des Browsers, öffnen Sie diese Seite "
             "noch einmal und wählen Sie dieses."},
        [MTLS_REASON_NOT_YET_VALID] =
            {"Ihr Zertifikat ist noch nicht gültig.",
             "Warten Sie bis zu seinem ersten Tag, prüfen Sie die Uhr Ihres "
             "Computers, oder wählen Sie ein anderes Zertifikat."},
        [MTLS_REASON_WRONG_PURPOSE] =
            {"Ihr Zertifikat ist nicht dafür gemacht, sich an einer Website anzumelden.",
             "Wählen Sie das Zertifikat, das zum Anmelden gedacht ist. Chipkarten "
             "enthalten oft noch andere, für Unterschriften oder E-Mail."},
        [MTLS_REASON_WRONG_POLICY] =
            {"Ihr Zertifikat wurde nicht nach den Regeln ausgestellt, die hier verlangt werden.",
             "Wählen Sie ein anderes Zertifikat, oder fragen Sie die Betreiber "
             "dieser Website, welche Art nötig ist."},
        [MTLS_REASON_CHAIN_TOO_LONG] =
            {"Zwischen Ihrem Zertifikat und einem hier anerkannten Aussteller stehen "
             "zu viele andere Aussteller.",
             "Wählen Sie ein anderes Zertifikat, oder senden Sie weniger Zertifikate "
             "mit Ihrem zusammen."},
        [MTLS_REASON_WEAK_KEY] =
            {"Der Schlüssel Ihres Zertifikats oder der eines seiner Aussteller ist zu schwach.",
             "Bitten Sie den Aussteller um ein Zertifikat mit einem längeren Schlüssel."},
        [MTLS_REASON_WEAK_SIGNATURE] =
            {"Ihr Zertifikat oder das eines seiner Aussteller wurde auf eine Weise "
             "unterschrieben, die zu schwach ist.",
             "Bitten Sie den Aussteller um ein Zertifikat mit einer neueren Art von Unterschrift."},
        [MTLS_REASON_LIFETIME_TOO_LONG] =
            {"Ihr Zertifikat gilt für längere Zeit, als hier erlaubt ist.",
             "Bitten Sie den Aussteller um ein Zertifikat mit kürzerer Gültigkeit."},
        [MTLS_REASON_NAME_CONSTRAINT] =
            {"Der Aussteller Ihres Zertifikats darf für den Namen darin keine ausstellen.",
             "Wählen Sie ein anderes Zertifikat, oder bitten Sie den Aussteller um "
             "ein berichtigtes."},
        [MTLS_REASON_INVALID_CA] =
            {"Einer der Aussteller Ihres Zertifikats darf keine Zertifikate ausstellen.",
             "Wählen Sie ein anderes Zertifikat, oder bitten Sie den Aussteller, das zu prüfen."},
        [MTLS_REASON_MALFORMED] =
            {"Ihr Zertifikat ist nicht lesbar.",
             "Wählen Sie ein anderes Zertifikat, oder bitten Sie den Aussteller um ein neues."},
        [MTLS_REASON_REVOKED] =
            {"Ihr Zertifikat wurde von seinem Aussteller gesperrt.",
             "Fragen Sie den Aussteller nach dem Grund, oder wählen Sie ein anderes "
             "Zertifikat. Eine Sperre ist endgültig."},
        [MTLS_REASON_CRL_MISSING] =
            {"Diese Website kann nicht feststellen, ob Ihr Zertifikat gesperrt ist.", LATER},
        [MTLS_REASON_CRL_EXPIRED] =
            {"Was diese Website über gesperrte Zertifikate weiß, ist veraltet.", LATER},
        [MTLS_REASON_CRL_UNUSABLE] =
            {"Was diese Website über gesperrte Zertifikate weiß, kann sie für Ihres "
             "nicht verwenden.",
             LATER},
        [MTLS_REASON_OCSP_UNREACHABLE] =
            {"Der Aussteller Ihres Zertifikats konnte nicht gefragt werden, ob es noch gilt.",
             LATER},
        [MTLS_REASON_OCSP_UNKNOWN] =
            {"Der Aussteller Ihres Zertifikats kennt es nicht.",
             "Wählen Sie ein anderes Zertifikat, oder bitten Sie den Aussteller, das zu prüfen."},
        [MTLS_REASON_OCSP_UNUSABLE] =
            {"Auf die Antwort, ob Ihr Zertifikat noch gilt, ist kein Verlass.", LATER},
        [MTLS_REASON_NO_RULE] =
            {"Ihr Zertifikat wurde angenommen, aber es gehört zu keinem Benutzer dieser Website.",
             "Wählen Sie ein anderes Zertifikat, oder bitten Sie die Betreiber "
             "dieser Website, dieses einzutragen."},
        [MTLS_REASON_DENIED_BY_RULE] =
            {"Ihr Zertifikat wurde angenommen, aber sein Inhaber ist hier nicht zugelassen.",
             "Wählen Sie ein anderes Zertifikat, oder fragen Sie die Betreiber "
             "dieser Website nach dem Grund."},
        [MTLS_REASON_USER_ABSENT] =
            {"Ihr Zertifikat wurde angenommen, aber ihm fehlt die Angabe, an der "
             "Benutzer hier erkannt werden.",
             "Wählen Sie ein anderes Zertifikat, oder bitten Sie seinen Aussteller "
             "um eines mit dieser Angabe."},
        [MTLS_REASON_USER_AMBIGUOUS] =
            {"Ihr Zertifikat wurde angenommen, aber es könnte zu mehr als einem Benutzer gehören.",
             "Wählen Sie ein anderes Zertifikat, oder fragen Sie die Betreiber "
             "dieser Website, welcher Ihrer Namen zählt."},
        [MTLS_REASON_USER_UNUSABLE] =
            {"Ihr Zertifikat wurde angenommen, aber der Name darin kann hier nicht "
             "verwendet werden.",
             "Wählen Sie ein anderes Zertifikat, oder fragen Sie die Betreiber "
             "dieser Website, wie Namen aussehen müssen."},
        [MTLS_REASON_MAP_UNAVAILABLE] =
            {"Das Verzeichnis der Benutzer dieser Website ist im Moment nicht lesbar.", LATER},
        [MTLS_REASON_NOT_IN_GROUP] =
            {"Ihr Zertifikat wurde angenommen, aber Sie gehören zu keiner Gruppe, "
             "die diese Seite öffnen darf.",
             "Wählen Sie ein anderes Zertifikat, oder bitten Sie die Betreiber "
             "dieser Website, Sie in die Gruppe aufzunehmen."},
        [MTLS_REASON_NOT_AUTHORIZED] =
            {"Ihr Zertifikat wurde angenommen, aber es berechtigt nicht zu dieser Seite.",
             "Wählen Sie ein anderes Zertifikat, oder bitten Sie die Betreiber "
             "dieser Website um Zugang."},
        [MTLS_REASON_NO_CERTIFICATE] =
            {"Ihr Browser oder Programm hat kein Zertifikat vorgezeigt.",
             "Prüfen Sie, ob Ihre Chipkarte eingesteckt oder Ihr Zertifikat "
             "installiert ist, schließen Sie alle Fenster des Browsers und öffnen "
             "Sie diese Seite noch einmal."},
        [MTLS_REASON_DECLINED] =
            {"Ihr Browser oder Programm wurde nach einem Zertifikat gefragt und hat "
             "keines gesendet.",
             "Prüfen Sie, ob Ihre Chipkarte eingesteckt oder Ihr Zertifikat "
             "installiert ist, schließen Sie alle Fenster des Browsers, öffnen Sie "
             "diese Seite noch einmal und wählen Sie ein Zertifikat, wenn Sie danach "
             "gefragt werden."},
        [MTLS_REASON_NOT_PROVEN] =
            {"Ihr Browser oder Programm hat nicht gezeigt, dass das Zertifikat Ihnen gehört.",
             "Prüfen Sie, ob Ihre Chipkarte eingesteckt ist und die PIN stimmt, "
             "schließen Sie alle Fenster des Browsers und öffnen Sie diese Seite "
             "noch einmal."},
        [MTLS_REASON_PROOF_EXPIRED] =
            {"Es ist zu lange her, dass Ihr Zertifikat auf dieser Verbindung vorgezeigt wurde.",
             "Öffnen Sie diese Seite noch einmal. Ihr Browser oder Programm wird "
             "dann wieder nach dem Zertifikat gefragt."},
        [MTLS_REASON_NOT_TLS] =
            {"Diese Seite gibt es nur über eine verschlüsselte Verbindung.",
             "Öffnen Sie diese Seite noch einmal mit https:// am Anfang ihrer Adresse."},
        [MTLS_REASON_MISDIRECTED] =
            {"Die Verbindung wurde für einen anderen Host als diesen aufgebaut.",
             "Schließen Sie alle Fenster des Browsers und öffnen Sie diese Seite noch einmal."},
        [MTLS_REASON_STEP_UP_UNAVAILABLE] =
            {"Ihr Browser oder Programm kann auf dieser Verbindung nicht nach einem "
             "Zertifikat gefragt werden.",
             "Verwenden Sie einen Browser oder ein Programm mit \"post-handshake "
             "authentication\", oder fragen Sie die Betreiber dieser Website nach "
             "einem anderen Weg."},
        [MTLS_REASON_STEP_UP_TIMEOUT] =
            {"Ihr Zertifikat kam nicht rechtzeitig an.",
             "Halten Sie Chipkarte und PIN bereit, schließen Sie alle Fenster des "
             "Browsers, öffnen Sie diese Seite noch einmal und antworten Sie, wenn "
             "Sie gefragt werden."},
        [MTLS_REASON_STEP_UP_REQUIRED] =
            {"Hierfür wird Ihr Zertifikat gebraucht, und Sie haben es noch nicht vorgezeigt.",
             "Zeigen Sie zuerst Ihr Zertifikat vor und wiederholen Sie dann, was Sie "
             "tun wollten. Von dem, was Sie gesendet haben, wurde nichts ausgeführt "
             "oder aufbewahrt."},
        [MTLS_REASON_STEP_UP_INVALID] =
            {"Dieses Vorzeigen Ihres Zertifikats wurde nicht in diesem Browser "
             "begonnen oder ist schon vorbei.",
             "Öffnen Sie noch einmal die Seite, zu der Sie wollten. Cookies müssen "
             "für diese Website erlaubt sein."},
        [MTLS_REASON_STEP_UP_LOOP] =
            {"Ihr Zertifikat wurde mehrmals vorgezeigt, und diese Seite öffnet sich "
             "Ihnen trotzdem nicht.",
             "Erlauben Sie Cookies für diese Website, prüfen Sie die Uhr Ihres "
             "Computers, warten Sie eine Minute und öffnen Sie die Seite noch "
             "einmal. Geschieht es wieder, wenden Sie sich mit der Vorgangsnummer "
             "unten an die Betreiber dieser Website."},
        [MTLS_REASON_ADDRESS_TOO_LONG] =
            {"Die Adresse dieser Seite ist zu lang, um aufbewahrt zu werden, während "
             "Sie Ihr Zertifikat vorzeigen.",
             "Öffnen Sie die erste Seite dieses Bereichs, zeigen Sie dort Ihr "
             "Zertifikat vor und öffnen Sie dann diese."},
        [MTLS_REASON_CROSS_ORIGIN] =
            {"Das hat eine andere Website in Ihrem Namen gesendet, oder Ihr Browser "
             "sagt nicht, wer es gesendet hat.",
             "Wenn Sie das wirklich tun wollten, öffnen Sie die Seite auf dieser "
             "Website und tun Sie es dort."},
        [MTLS_REASON_TICKET_EXPIRED] =
            {"Es ist zu lange her, dass Sie Ihr Zertifikat vorgezeigt haben.",
             "Zeigen Sie Ihr Zertifikat noch einmal vor."},
        [MTLS_REASON_TICKET_AUDIENCE] =
            {"Sie haben Ihr Zertifikat für einen anderen Bereich dieser Website "
             "vorgezeigt, oder dessen Regeln haben sich seitdem geändert.",
             "Zeigen Sie Ihr Zertifikat noch einmal vor."},
        [MTLS_REASON_TICKET_REPLAYED] =
            {"Dieser Link wurde schon einmal verwendet oder ist hier nicht mehr bekannt.",
             "Öffnen Sie noch einmal die Seite, zu der Sie wollten."},
        [MTLS_REASON_TICKET_UNUSABLE] =
            {"Was sich Ihr Browser von Ihrem Zertifikat gemerkt hat, ist hier nicht bekannt.",
             "Zeigen Sie Ihr Zertifikat noch einmal vor."},
        [MTLS_REASON_TICKET_REVOKED] =
            {"Was sich Ihr Browser von Ihrem Zertifikat gemerkt hat, gilt hier nicht mehr.",
             "Zeigen Sie Ihr Zertifikat noch einmal vor."},
        [MTLS_REASON_TICKET_UNAVAILABLE] =
            {"Diese Website kann im Moment nicht nachsehen, wer ein Zertifikat vorgezeigt hat.",
             LATER},
        [MTLS_REASON_BODY_TOO_LARGE] =
            {"Was Sie gesendet haben, ist zu groß, um aufbewahrt zu werden, während "
             "Sie nach einem Zertifikat gefragt werden.",
             "Öffnen Sie zuerst eine Seite dieses Bereichs, wählen Sie dort Ihr "
             "Zertifikat und senden Sie dann noch einmal."},
        [MTLS_REASON_OVERLOADED] =
            {"Im Moment wählen zu viele Menschen gleichzeitig ein Zertifikat.",
             "Warten Sie eine Minute und öffnen Sie diese Seite noch einmal."},
        [MTLS_REASON_TRUST_UNAVAILABLE] =
            {"Diese Website kann im Moment nicht lesen, wessen Zertifikate sie anerkennt.", LATER},
        [MTLS_REASON_INTERNAL] =
            {"Bei der Prüfung Ihres Zertifikats ist auf dieser Website etwas schiefgegangen.",
             "Versuchen Sie es später noch einmal. Geschieht es wieder, wenden Sie "
             "sich mit der Vorgangsnummer unten an die Betreiber dieser Website."},
    }};

const mtls_words_t *mtls_texts_german(void)
{
    return &german;
}
