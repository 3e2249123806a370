/// The position of a command in the order in which a store writes: commands are numbered from 1 as they are enqueued.
public struct WriteSequence: Hashable, Comparable, Sendable {
    /// The number.
    public let rawValue: Int64

    /// Creates a position from its number.
    public init(_ rawValue: Int64) { self.rawValue = rawValue }

    /// Before the first command.
    public static let start = WriteSequence(0)
    /// Whatever was enqueued last.
    public static let last = WriteSequence(.max)

    /// Whether a command was enqueued before another.
    public static func < (left: WriteSequence, right: WriteSequence) -> Bool { left.rawValue < right.rawValue }
}
