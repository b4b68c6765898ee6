//! What refusals say to people: what happened, and what to do, in French and English, by code.

/// A language of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// French.
    French,
}

impl Language {
    /// The one that a request prefers (RFC 9110, section 12.5.4); English where it names neither.
    #[must_use]
    pub fn of(accept_language: &str) -> Self {
        let mut best = (0.0, Self::English);
        for part in accept_language.split(',') {
            let (tag, weight) = part.split_once(';').unwrap_or((part, ""));
            let weight: f32 =
                weight.trim().strip_prefix("q=").map_or(Some(1.0), |q| q.parse().ok()).unwrap_or(0.0);
            let language = match tag.trim().get(..2).map(str::to_ascii_lowercase).as_deref() {
                Some("fr") => Self::French,
                Some("en") => Self::English,
                _ => continue,
            };
            if weight > best.0 {
                best = (weight, language);
            }
        }
        best.1
    }

    /// Its tag.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::French => "fr",
        }
    }
}

/// What happened and what to do, for a code; a general word where the code has none of its own.
#[must_use]
pub fn message(code: &str, status: u16, language: Language) -> (&'static str, &'static str) {
    let found = MESSAGES.iter().find(|(named, ..)| *named == code).or_else(|| {
        let general = match status {
            409 => "conflict",
            413 => "body-too-large",
            422 => "statement",
            403 => "quota",
            500.. => "internal",
            _ => "malformed",
        };
        MESSAGES.iter().find(|(named, ..)| *named == general)
    });
    match (found, language) {
        (Some((_, english, _)), Language::English) => *english,
        (Some((_, _, french)), Language::French) => *french,
        (None, _) => ("", ""),
    }
}

type Message = (&'static str, (&'static str, &'static str), (&'static str, &'static str));

/// Code, English, French. `malformed`, `statement` and `quota` speak for the codes that have no line of their own.
pub const MESSAGES: &[Message] = &[
    (
        "absent",
        ("There is nothing here for you.", "Check the address, and that access was given to you."),
        ("Il n'y a rien ici pour vous.", "Vérifiez l'adresse, et que l'accès vous a été donné."),
    ),
    (
        "unauthenticated",
        ("The session is missing or has ended.", "Open a session again, then repeat the request."),
        ("La session manque ou est terminée.", "Ouvrez une nouvelle session, puis répétez la demande."),
    ),
    (
        "malformed",
        ("The request is not what this address takes.", "Compare it with the description at /v1/."),
        ("La demande n'est pas ce que cette adresse accepte.", "Comparez-la à la description sur /v1/."),
    ),
    (
        "body-cut",
        ("The body of the request broke off.", "Send the request again."),
        ("Le corps de la demande s'est interrompu.", "Renvoyez la demande."),
    ),
    (
        "statement",
        ("The statement cannot be accepted.", "Read the vault or account again, then sign a new statement."),
        (
            "La déclaration ne peut pas être acceptée.",
            "Relisez le carnet ou le compte, puis signez une nouvelle déclaration.",
        ),
    ),
    (
        "conflict",
        ("Another statement came first.", "Read the winning statement, decide again, sign again."),
        (
            "Une autre déclaration est arrivée avant.",
            "Lisez celle qui l'emporte, décidez et signez à nouveau.",
        ),
    ),
    (
        "payload-missing",
        (
            "A payload that the statement names is not here whole.",
            "Finish its upload, then send the statement again.",
        ),
        (
            "Un contenu que la déclaration nomme n'est pas arrivé en entier.",
            "Terminez son envoi, puis renvoyez la déclaration.",
        ),
    ),
    (
        "upload-offset",
        ("The upload stands at another offset.", "Ask for the offset, then go on from there."),
        ("L'envoi en est à une autre position.", "Demandez la position, puis continuez à partir de là."),
    ),
    (
        "body-too-large",
        ("The body is larger than this address takes.", "Send less at once."),
        ("Le corps dépasse ce que cette adresse accepte.", "Envoyez moins à la fois."),
    ),
    (
        "header-too-large",
        (
            "The header of the request is larger than this server takes.",
            "Send fewer or shorter header lines.",
        ),
        (
            "L'en-tête de la demande dépasse ce que ce serveur accepte.",
            "Envoyez des lignes moins nombreuses ou plus courtes.",
        ),
    ),
    (
        "payload-too-large",
        ("The payload is larger than this server keeps.", "Split the document, or ask the operator."),
        (
            "Le contenu dépasse ce que ce serveur conserve.",
            "Divisez le document, ou demandez à l'exploitant.",
        ),
    ),
    (
        "range",
        ("The payload has no such range.", "Ask for a range within its length."),
        ("Le contenu n'a pas cette plage.", "Demandez une plage comprise dans sa longueur."),
    ),
    (
        "quota",
        ("A quota is used up.", "Delete what is no longer needed, or ask the operator."),
        ("Un quota est épuisé.", "Supprimez ce qui ne sert plus, ou demandez à l'exploitant."),
    ),
    (
        "quota-bytes",
        ("The vault has no room left.", "Delete what is no longer needed, or ask the operator."),
        ("Le carnet est plein.", "Supprimez ce qui ne sert plus, ou demandez à l'exploitant."),
    ),
    (
        "quota-entries",
        (
            "The vault holds as many entries as it may.",
            "Delete what is no longer needed, or ask the operator.",
        ),
        (
            "Le carnet contient autant d'éléments qu'il le peut.",
            "Supprimez ce qui ne sert plus, ou demandez à l'exploitant.",
        ),
    ),
    (
        "quota-waiting",
        ("Too many first deposits wait for this patient.", "Try again once the patient has accepted some."),
        ("Trop de premiers dépôts attendent ce patient.", "Réessayez quand le patient en aura accepté."),
    ),
    (
        "quota-slots",
        ("This account has as many slots as it may.", "Remove one first."),
        ("Ce compte a autant d'emplacements de secours qu'il le peut.", "Supprimez-en un d'abord."),
    ),
    (
        "quota-uploads",
        (
            "This account has begun too many uploads.",
            "Deposit what is uploaded, or wait until it is forgotten.",
        ),
        ("Ce compte a commencé trop d'envois.", "Déposez ce qui est envoyé, ou attendez qu'il soit oublié."),
    ),
    (
        "length-required",
        ("The length of this body must be said beforehand.", "Send a Content-Length."),
        ("La longueur de ce corps doit être annoncée.", "Envoyez un en-tête Content-Length."),
    ),
    (
        "history-behind",
        (
            "This server has seen less than you: it was restored from a backup, or shows an old state.",
            "Keep what you have, and ask the operator; then send again what the server lost.",
        ),
        (
            "Ce serveur en a vu moins que vous : il a été restauré, ou montre un ancien état.",
            "Gardez ce que vous avez et prévenez l'exploitant ; puis renvoyez ce que le serveur a perdu.",
        ),
    ),
    (
        "stale-policy",
        (
            "The vault's policy has changed.",
            "Read the vault again, then seal and sign under the current one.",
        ),
        (
            "Les règles du carnet ont changé.",
            "Relisez le carnet, puis scellez et signez selon les règles actuelles.",
        ),
    ),
    (
        "stale-generation",
        (
            "The keys that this was sealed for have been replaced.",
            "Read the current keys, then wrap and sign again.",
        ),
        (
            "Les clés visées ont été remplacées.",
            "Relisez les clés actuelles, puis chiffrez et signez à nouveau.",
        ),
    ),
    (
        "vault-closed",
        ("The vault is closed.", "Nothing more can be stated in it; what was granted can still be read."),
        ("Le carnet est fermé.", "Plus rien ne peut y être déclaré ; ce qui a été partagé reste lisible."),
    ),
    (
        "statement-time-ahead",
        (
            "The statement claims a time that has not come yet.",
            "Set the clock of this device, then sign again.",
        ),
        (
            "La déclaration porte une heure à venir.",
            "Réglez l'horloge de cet appareil, puis signez à nouveau.",
        ),
    ),
    (
        "entry-deleted",
        ("The entry has been deleted.", "Deposit under a new entry."),
        ("Cet élément a été supprimé.", "Déposez sous un nouvel élément."),
    ),
    (
        "manifest-too-large",
        ("A sealed description is larger than 64 KiB.", "Shorten its texts, then seal again."),
        ("Une description scellée dépasse 64 Kio.", "Raccourcissez ses textes, puis scellez à nouveau."),
    ),
    (
        "upload-too-large",
        ("The upload is larger than this server keeps.", "Split the document, or ask the operator."),
        ("L'envoi dépasse ce que ce serveur conserve.", "Divisez le document, ou demandez à l'exploitant."),
    ),
    (
        "registration-closed",
        ("This server opens no new accounts.", "Ask the operator for an account, or use another server."),
        (
            "Ce serveur n'ouvre pas de nouveaux comptes.",
            "Demandez un compte à l'exploitant, ou un autre serveur.",
        ),
    ),
    (
        "rate",
        ("Too many requests came in a short time.", "Wait as long as Retry-After says, then go on slower."),
        (
            "Trop de demandes en peu de temps.",
            "Attendez la durée de Retry-After, puis continuez plus lentement.",
        ),
    ),
    (
        "storage-full",
        ("The server has no room left.", "Try again later; the operator must add space."),
        ("Le serveur n'a plus de place.", "Réessayez plus tard ; l'exploitant doit ajouter de l'espace."),
    ),
    (
        "unavailable",
        ("The server cannot answer at this moment.", "Send the same request again in a few seconds."),
        ("Le serveur ne peut pas répondre en ce moment.", "Renvoyez la même demande dans quelques secondes."),
    ),
    (
        "internal",
        (
            "Something failed in the server.",
            "Send the same request again; it is never done twice. Then tell the operator.",
        ),
        (
            "Quelque chose a échoué dans le serveur.",
            "Renvoyez la même demande, elle n'est jamais faite deux fois. Puis prévenez l'exploitant.",
        ),
    ),
    (
        "method",
        ("This address does not take that method.", "Use one that the Allow header names."),
        ("Cette adresse n'accepte pas cette méthode.", "Utilisez une de celles que nomme l'en-tête Allow."),
    ),
    (
        "media-type",
        ("This address takes a body of another type.", "Send the type that the description at /v1/ names."),
        (
            "Cette adresse attend un corps d'un autre type.",
            "Envoyez le type que nomme la description sur /v1/.",
        ),
    ),
    (
        "slow-client",
        ("The body came too slowly.", "Send it again on a better line; an upload goes on where it stopped."),
        (
            "Le corps est arrivé trop lentement.",
            "Renvoyez-le sur une meilleure ligne ; un envoi continue là où il s'est arrêté.",
        ),
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn preferred_language_of_a_header() {
        for (header, french) in [
            ("", false),
            ("fr", true),
            ("fr-FR,fr;q=0.9,en;q=0.8", true),
            ("en-GB,fr;q=0.9", false),
            ("de, fr;q=0.3, en;q=0.2", true),
            ("fr;q=0", false),
            ("é;q=x,;;,fr;q=abc", false),
        ] {
            assert_eq!(Language::of(header) == Language::French, french, "{header:?}");
        }
    }

    /// Codes that the server answers with: those in its sources, and its own.
    fn codes_of_sources(folder: &std::path::Path, codes: &mut std::collections::BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                codes_of_sources(&path, codes);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let own = text.split("#[cfg(test)]").next().unwrap();
                for name in ["Statement", "Malformed", "Quota", "Stale", "TooLarge", "TooLong"] {
                    for after in own.split(&format!("Refusal::{name}(")).skip(1) {
                        let literal = after.trim_start().strip_prefix('"');
                        codes.extend(literal.and_then(|code| code.split('"').next()).map(str::to_owned));
                    }
                }
            }
        }
    }

    #[test]
    fn every_code_of_the_server_stands_in_the_specification() {
        use crate::payloads::PayloadError;
        use crate::refusal::Refusal;
        use carnet_wire::StableCode as _;
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut codes = std::collections::BTreeSet::new();
        codes_of_sources(&root.join("src"), &mut codes);
        assert!(codes.len() > 40 && codes.contains("quota-waiting"), "{codes:?}");
        let own = [
            Refusal::Absent,
            Refusal::Unauthenticated,
            Refusal::Conflict(None),
            Refusal::PayloadMissing,
            Refusal::UploadOffset,
            Refusal::Range,
            Refusal::Rate(1),
            Refusal::Full,
            Refusal::Unavailable,
            Refusal::Internal,
            Refusal::Method,
            Refusal::MediaType,
            Refusal::Slow,
            Refusal::HeaderTooLarge,
        ];
        codes.extend(own.iter().map(|refusal| refusal.code().to_owned()));
        let payloads = [PayloadError::WrongLength, PayloadError::TooLarge, PayloadError::Broken];
        codes.extend(payloads.iter().map(|error| error.code().to_owned()));
        codes.extend(MESSAGES.iter().map(|(code, ..)| (*code).to_owned()));
        let spec = std::fs::read_to_string(root.join("../docs/SPEC.md")).unwrap();
        let section = spec.split("\n## 17. Error codes").nth(1).unwrap().split("\n## ").next().unwrap();
        let missing: Vec<_> =
            codes.iter().filter(|code| !section.contains(&format!("\n| `{code}` |"))).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn every_message_says_what_happened_and_what_to_do() {
        for (code, english, french) in MESSAGES {
            for text in [english.0, english.1, french.0, french.1] {
                assert!(text.ends_with('.') && text.len() > 10, "{code}: {text}");
            }
        }
        assert_eq!(
            message("no-such-code", 422, Language::English),
            message("statement", 422, Language::English)
        );
        assert_eq!(
            message("no-such-code", 418, Language::French),
            message("malformed", 400, Language::French)
        );
    }
}
