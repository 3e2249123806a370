/// Something that upstreams count and charge for. Each dimension has a rate of its own on the rate card.
///
/// The dimensions never overlap: a token of audio is counted as `inputAudio` and not as `input` too.
public enum Dimension: Int, Hashable, Sendable, CaseIterable {
    // The ledger stores these numbers: they are never reused.

    /// Input that was neither read from nor written into a cache, of a kind that has no dimension of its own.
    case input = 0
    /// Output of a kind that has no dimension of its own, reasoning included.
    case output = 1
    /// Input that was read from a cache.
    case cacheRead = 2
    /// Input that was written into a cache for five minutes (or for no stated time).
    case cacheWrite5m = 3
    /// Input that was written into a cache for one hour.
    case cacheWrite1h = 4
    /// Pictures that were generated.
    case pictures = 5
    /// Input of audio.
    case inputAudio = 6
    /// Output of audio.
    case outputAudio = 7
    /// Input of images, where the upstream counts it apart.
    case inputImage = 8
    /// Output of images.
    case outputImage = 9
    /// Searches in the web that the upstream made.
    case webSearch = 10
    /// Searches in stored files that the upstream made.
    case fileSearch = 11
    /// Sessions of an interpreter that the upstream ran.
    case codeInterpreter = 12
    /// Time of audio.
    case audioTime = 13
    /// Text that was turned into speech.
    case characters = 14

    /// Unit of a dimension's quantities.
    public enum Unit: String, Hashable, Sendable {
        case token, picture, call, millisecond, character
    }

    /// Unit of its quantities.
    public var unit: Unit {
        switch self {
        case .input, .output, .cacheRead, .cacheWrite5m, .cacheWrite1h, .inputAudio, .outputAudio, .inputImage,
            .outputImage:
            .token
        case .pictures: .picture
        case .webSearch, .fileSearch, .codeInterpreter: .call
        case .audioTime: .millisecond
        case .characters: .character
        }
    }

    /// Whether its quantities are tokens that the model read.
    public var isInput: Bool {
        switch self {
        case .input, .cacheRead, .cacheWrite5m, .cacheWrite1h, .inputAudio, .inputImage: true
        default: false
        }
    }

    /// Whether its quantities are tokens that the model wrote.
    public var isOutput: Bool { self == .output || self == .outputAudio || self == .outputImage }

    /// Its name in the APIs and in rate cards.
    public var name: String {
        switch self {
        case .input: "input"
        case .output: "output"
        case .cacheRead: "cache_read"
        case .cacheWrite5m: "cache_write_5m"
        case .cacheWrite1h: "cache_write_1h"
        case .pictures: "pictures"
        case .inputAudio: "input_audio"
        case .outputAudio: "output_audio"
        case .inputImage: "input_image"
        case .outputImage: "output_image"
        case .webSearch: "web_search"
        case .fileSearch: "file_search"
        case .codeInterpreter: "code_interpreter"
        case .audioTime: "audio_time"
        case .characters: "characters"
        }
    }
}
