/// The reason why a coded body cannot be decoded.
public enum DecodingFault: Error, Hashable, Sendable {
    /// The bytes are not in the coding, or others follow its end.
    case corrupt
    /// The body ends before its coding does.
    case truncated
    /// The body is larger than the limit, decoded or as it came.
    case tooLarge
    /// There is no memory for the decoder.
    case outOfMemory
}
