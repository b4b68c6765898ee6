//! What a fact of a CDA document is called: names for the screens' own words.

/// Names of facts that a document's header and entries state (CDA R2, 4.2 and 4.3.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Label {
    /// Who signed it as responsible.
    LegalAuthenticator,
    /// Who attested it.
    Authenticator,
    /// The device or program that wrote it.
    Program,
    /// To whom it was written.
    Recipient,
    /// The stay or visit that it is about.
    Encounter,
    /// The document that it replaces (`RPLC`).
    Replaces,
    /// The document that it adds to (`APND`), or was made of (`XFRM`).
    Related,
    /// The order that it answers.
    Order,
    /// What was done, and when.
    ServiceEvent,
    /// Who keeps it.
    Custodian,
    /// Somebody who took part, and as what.
    Participant,
    /// Who told of it.
    Informant,
    /// Who typed it.
    DataEnterer,
    /// A consent.
    Authorization,
    /// How confidential it is: a code.
    Confidentiality,
    /// Its version.
    Version,
    /// Day of birth.
    Birth,
    /// Further facts of the patient.
    PatientDetails,
    /// Further facts of an author.
    AuthorDetails,
    /// Text that a reviser deleted: it no longer holds.
    Deleted,
    /// Text that a reviser inserted.
    Inserted,
    /// It is said not to be so (`negationInd`): `true`.
    Negated,
    /// It is no event but a plan, a request, a goal (`moodCode`): a code.
    Mood,
    /// Why nothing is said (`nullFlavor`): a code.
    Absent,
    /// Its status: a code.
    Status,
    /// Its value.
    Value,
    /// The flag of a result: a code or its words.
    Interpretation,
    /// Range of reference.
    Range,
    /// When, or since and until when.
    Time,
    /// How often.
    Period,
    /// At which event of the day: a code.
    Event,
    /// Free text of it.
    Text,
    /// By which method.
    Method,
    /// Where in or on the body.
    Site,
    /// By which approach.
    Approach,
    /// How urgent.
    Priority,
    /// Route of administration.
    Route,
    /// Dose of one time.
    Dose,
    /// Dose in a time.
    Rate,
    /// Most in a time.
    MaxDose,
    /// How many times more.
    Repeat,
    /// How much, how many.
    Quantity,
    /// For how long.
    ExpectedTime,
    /// Which medicine, vaccine or device.
    Product,
    /// Number of its lot.
    Lot,
    /// Who did it.
    Performer,
    /// Who wrote it.
    Author,
    /// Whom it is about.
    Subject,
    /// What was taken for it.
    Specimen,
    /// Only if this holds.
    Condition,
    /// How it belongs to what stands before: a code.
    Relation,
    /// Its place among others.
    Sequence,
    /// Other codes for the same.
    Translation,
    /// A number of it.
    Identifier,
}

impl Label {
    /// All labels.
    pub const ALL: [Self; 54] = [
        Self::LegalAuthenticator,
        Self::Authenticator,
        Self::Program,
        Self::Recipient,
        Self::Encounter,
        Self::Replaces,
        Self::Related,
        Self::Order,
        Self::ServiceEvent,
        Self::Custodian,
        Self::Participant,
        Self::Informant,
        Self::DataEnterer,
        Self::Authorization,
        Self::Confidentiality,
        Self::Version,
        Self::Birth,
        Self::PatientDetails,
        Self::AuthorDetails,
        Self::Deleted,
        Self::Inserted,
        Self::Negated,
        Self::Mood,
        Self::Absent,
        Self::Status,
        Self::Value,
        Self::Interpretation,
        Self::Range,
        Self::Time,
        Self::Period,
        Self::Event,
        Self::Text,
        Self::Method,
        Self::Site,
        Self::Approach,
        Self::Priority,
        Self::Route,
        Self::Dose,
        Self::Rate,
        Self::MaxDose,
        Self::Repeat,
        Self::Quantity,
        Self::ExpectedTime,
        Self::Product,
        Self::Lot,
        Self::Performer,
        Self::Author,
        Self::Subject,
        Self::Specimen,
        Self::Condition,
        Self::Relation,
        Self::Sequence,
        Self::Translation,
        Self::Identifier,
    ];

    /// A stable name: `interpretation`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::LegalAuthenticator => "legal-authenticator",
            Self::Authenticator => "authenticator",
            Self::Program => "program",
            Self::Recipient => "recipient",
            Self::Encounter => "encounter",
            Self::Replaces => "replaces",
            Self::Related => "related",
            Self::Order => "order",
            Self::ServiceEvent => "service-event",
            Self::Custodian => "custodian",
            Self::Participant => "participant",
            Self::Informant => "informant",
            Self::DataEnterer => "data-enterer",
            Self::Authorization => "authorization",
            Self::Confidentiality => "confidentiality",
            Self::Version => "version",
            Self::Birth => "birth",
            Self::PatientDetails => "patient-details",
            Self::AuthorDetails => "author-details",
            Self::Deleted => "deleted",
            Self::Inserted => "inserted",
            Self::Negated => "negated",
            Self::Mood => "mood",
            Self::Absent => "absent",
            Self::Status => "status",
            Self::Value => "value",
            Self::Interpretation => "interpretation",
            Self::Range => "range",
            Self::Time => "time",
            Self::Period => "period",
            Self::Event => "event",
            Self::Text => "text",
            Self::Method => "method",
            Self::Site => "site",
            Self::Approach => "approach",
            Self::Priority => "priority",
            Self::Route => "route",
            Self::Dose => "dose",
            Self::Rate => "rate",
            Self::MaxDose => "max-dose",
            Self::Repeat => "repeat",
            Self::Quantity => "quantity",
            Self::ExpectedTime => "expected-time",
            Self::Product => "product",
            Self::Lot => "lot",
            Self::Performer => "performer",
            Self::Author => "author",
            Self::Subject => "subject",
            Self::Specimen => "specimen",
            Self::Condition => "condition",
            Self::Relation => "relation",
            Self::Sequence => "sequence",
            Self::Translation => "translation",
            Self::Identifier => "identifier",
        }
    }

    /// The label of a child of a clinical statement, by the element's name.
    pub(super) fn of_child(element: &str) -> Option<Self> {
        Some(match element {
            "value" => Self::Value,
            "interpretationCode" => Self::Interpretation,
            "referenceRange" => Self::Range,
            "text" => Self::Text,
            "methodCode" => Self::Method,
            "targetSiteCode" => Self::Site,
            "approachSiteCode" => Self::Approach,
            "priorityCode" => Self::Priority,
            "routeCode" => Self::Route,
            "doseQuantity" => Self::Dose,
            "rateQuantity" => Self::Rate,
            "maxDoseQuantity" => Self::MaxDose,
            "repeatNumber" => Self::Repeat,
            "quantity" => Self::Quantity,
            "expectedUseTime" => Self::ExpectedTime,
            "consumable" | "product" => Self::Product,
            "performer" => Self::Performer,
            "author" => Self::Author,
            "informant" => Self::Informant,
            "participant" => Self::Participant,
            "subject" => Self::Subject,
            "specimen" => Self::Specimen,
            "precondition" => Self::Condition,
            "confidentialityCode" => Self::Confidentiality,
            _ => return None,
        })
    }

    /// Whether it decides: it is shown although the narrative may say it.
    pub(super) fn decides(self) -> bool {
        matches!(
            self,
            Self::Negated
                | Self::Mood
                | Self::Absent
                | Self::Status
                | Self::Interpretation
                | Self::Relation
                | Self::Condition
        )
    }
}
