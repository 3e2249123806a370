@testable import Proxy

extension ExchangeMachine {
    /// The head of an answer comes; a stream also shows that the upstream serves it.
    mutating func answerBegan(isStream: Bool) -> Action {
        let action = answerBegan()
        return isStream ? streamBegan() : action
    }
}
