/// Limits on reading an answer for its usage after its client has left.
struct Drain: Equatable {
    /// Monotonic nanoseconds at which reading ends.
    let deadline: Int64
    /// Bytes left to read.
    private(set) var bytesLeft: Int

    init(deadline: Int64, bytes: Int) {
        self.deadline = deadline
        bytesLeft = bytes
    }

    /// Counts bytes that were read.
    ///
    /// - Returns: Whether more were read than are allowed.
    mutating func read(_ count: Int) -> Bool {
        bytesLeft -= count
        return bytesLeft < 0
    }
}
