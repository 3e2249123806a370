/// The rules by which costs are computed from quantities and rate cards.
///
/// - Rule: A change after which the same quantities and the same rate card have another cost gets the next number.
/// - Why: Verification recomputes costs, and can do so only by the rules that are in the code.
/// - Without it: A release with better rules would call every earlier row wrong.
enum CostRules {
    /// The number that rows are written with.
    static let current = 1
}
