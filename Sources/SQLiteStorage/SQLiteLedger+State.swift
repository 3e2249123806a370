import Foundation
import GRDB
import Ledger

extension SQLiteLedger {
    /// Returns the state of the ledger and its disk.
    public func state() throws -> LedgerState {
        func size(_ path: String) throws -> Int64 {
            (try FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber)?.int64Value ?? 0
        }
        let log = pool.path + "-wal"
        let folder = URL(filePath: pool.path).deletingLastPathComponent().path
        let disk = try FileManager.default.attributesOfFileSystem(forPath: folder)
        return LedgerState(
            commits: writer.commitTimes, size: try size(pool.path),
            logSize: FileManager.default.fileExists(atPath: log) ? try size(log) : 0,
            free: (disk[.systemFreeSize] as? NSNumber)?.int64Value ?? 0)
    }
}
