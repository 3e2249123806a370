/// The terms of service that an answer names; nil where it is silent.
struct ReportedTerms: Hashable, Sendable {
    var tier: ServiceTerms.Tier?
    var isResident: Bool?
    var isFast: Bool?

    /// Returns the terms that were served: those that the answer names, else those that were asked for if they cost more
    /// than the usual service.
    func served(asked: ServiceTerms) -> ServiceTerms {
        ServiceTerms(
            tier: tier ?? (asked.tier == .flex || asked.tier == .batch ? .standard : asked.tier),
            isResident: isResident ?? asked.isResident, isFast: isFast ?? asked.isFast, pictureForm: asked.pictureForm)
    }
}
