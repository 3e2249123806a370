/// Options that control a response, given after an `@` in the model's name: `demo-chat@slow=20&chunks=50`.
struct DemoSwitches: Hashable, Sendable {
    /// Delay in milliseconds before the response.
    var delay = 0
    /// Status; any other than 200 is sent with an error.
    var status = 200
    /// `Retry-After` of an error, in seconds.
    var retryAfter: Int?
    /// Number of events after which the connection is closed.
    var cut: Int?
    /// Whether the response reports no usage.
    var hidesUsage = false
    /// Delay in milliseconds between the events of a stream.
    var slow = 0
    /// Number of words, regardless of the request's output limit.
    var chunks: Int?
    /// Whether the usage reports a cost and the header a cost and a balance, as aggregators do.
    var tellsCost = false
    /// Number of output tokens to report.
    var usage: Int?
    /// Size in bytes of the pieces in which the body is written.
    var split: Int?
    /// Whether a stream ends with an error event.
    var failsInStream = false
    /// Whether no response is ever sent.
    var hangs = false
    /// Whether the response is 200 with a body that is not JSON.
    var isGarbage = false

    /// Parses the switches in a model's name; fails with the first unknown one.
    static func parse(_ model: String) -> Result<DemoSwitches, UnknownSwitch> {
        guard let at = model.firstIndex(of: "@") else { return .success(DemoSwitches()) }
        var switches = DemoSwitches()
        for word in model[model.index(after: at)...].split(separator: "&") {
            let parts = word.split(separator: "=", maxSplits: 1)
            let number = parts.count == 2 ? Int(parts[1]) : nil
            switch (String(parts[0]), number) {
            case ("delay", let number?): switches.delay = number
            case ("status", let number?): switches.status = number
            case ("retry-after", let number?): switches.retryAfter = number
            case ("cut", let number?): switches.cut = number
            case ("slow", let number?): switches.slow = number
            case ("chunks", let number?): switches.chunks = number
            case ("usage", let number?): switches.usage = number
            case ("split", let number?) where number > 0: switches.split = number
            case ("no-usage", nil): switches.hidesUsage = true
            case ("cost", nil): switches.tellsCost = true
            case ("error-in-stream", nil): switches.failsInStream = true
            case ("hang", nil): switches.hangs = true
            case ("garbage", nil): switches.isGarbage = true
            default: return .failure(UnknownSwitch(word: String(word)))
            }
        }
        return .success(switches)
    }
}

struct UnknownSwitch: Error, Hashable {
    var word: String
}
