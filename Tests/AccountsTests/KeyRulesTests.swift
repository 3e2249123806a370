import Accounts
import Money
import Testing
import Timekeeping

@Suite struct KeyRulesTests {
    @Test(
        arguments: [
            ("gpt-5", "gpt-5", true), ("gpt-5", "gpt-5-mini", false), ("gpt-5", "GPT-5", false),
            ("gpt-*", "gpt-5", true), ("gpt-*", "gpt-", true), ("gpt-*", "xgpt-5", false), ("*", "anything", true),
        ] as [(String, String, Bool)])
    func `a pattern matches a name or a prefix`(pattern: String, model: String, isMatch: Bool) throws {
        #expect(try #require(ModelPattern(pattern)).matches(model) == isMatch)
    }

    @Test(arguments: ["", "a*b", "**", "*a", "with space", "ümlaut", String(repeating: "x", count: 201)])
    func `malformed patterns are refused`(text: String) {
        #expect(ModelPattern(text) == nil)
    }

    @Test func `a change keeps rules that it does not name and removes rules set to null`() throws {
        var first = KeyRulesChange()
        first.spendLimit = .some(NanoUSD(nanos: 5))
        first.spendLimitPeriod = .some(.week)
        first.requestsPerDay = .some(7)
        first.team = .some("blue")
        first.fallsBackToBalance = false
        let rules = try #require(first.applied(to: KeyRules()))
        #expect(rules.spendLimit == SpendLimit(amount: NanoUSD(nanos: 5), period: .week))
        #expect(try #require(KeyRulesChange().applied(to: rules)) == rules)

        var second = KeyRulesChange()
        second.requestsPerDay = .some(nil)
        second.spendLimitPeriod = .some(nil)
        let changed = try #require(second.applied(to: rules))
        #expect(changed.requestsPerDay == nil && changed.team == "blue" && !changed.fallsBackToBalance)
        #expect(changed.spendLimit == SpendLimit(amount: NanoUSD(nanos: 5), period: nil))

        var third = KeyRulesChange()
        third.spendLimit = .some(nil)
        #expect(try #require(third.applied(to: rules)).spendLimit == nil)
    }

    @Test func `a period without a spend limit is refused`() {
        var change = KeyRulesChange()
        change.spendLimitPeriod = .some(.day)
        #expect(change.applied(to: KeyRules()) == nil)
        change.spendLimit = .some(nil)
        #expect(change.applied(to: KeyRules()) == nil)
    }
}
