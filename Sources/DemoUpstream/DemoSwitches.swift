/// Words for an answer's behaviour, given behind an `@` in the model's name: `demo-chat@slow=20&chunks=50`.
struct DemoSwitches: Hashable, Sendable {
    /// Milliseconds before the answer begins.
    var delay = 0
    /// Answers with this status and an error.
    var status = 200
    /// Seconds of a `Retry-After` beside an error.
    var retryAfter: Int?
    /// Closes the connection after so many events of a stream.
    var cut: Int?
    /// Reports no usage.
    var hidesUsage = false
    /// Milliseconds between the events of a stream.
    var slow = 0
    /// Words of the answer, whatever limit was asked for.
    var chunks: Int?
    /// Adds what it cost to the usage and to the header, and what is left of the account, as aggregators do.
    var tellsCost = false
    /// Reports so many output tokens.
    var usage: Int?
    /// Writes a stream in pieces of so many bytes.
    var split: Int?
    /// Ends a stream with an error event.
    var failsInStream = false
    /// Never answers.
    var hangs = false
    /// Answers 200 with something that is not JSON.
    var isGarbage = false

    /// Reads the switches of a model's name, or returns the first that is not known.
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
