import Accounts
import Admission
import HTTPTypes
import Ledger
import Timekeeping

/// How the gateway's money is doing, for the operator.
struct StatusRoutes: Sendable {
    let admission: AdmissionControl
    let ledger: any LedgerReader
    let health: @Sendable () -> Health

    var table: [ControlRoute] {
        [
            ControlRoute(.get, "/admin/status", .adminKey, status),
            ControlRoute(.get, "/admin/interrupted", .adminKey, interrupted),
        ]
    }

    private func status(_ request: ControlRequest) async throws -> JSON {
        try QueryFields(request.uri).finish()
        let counters = admission.counters
        let open = try await ledger.holds(before: Timestamp(milliseconds: .max))
        return .object([
            ("ledgerWritable", .bool(health().isLedgerWritable)), ("stopping", .bool(health().isStopping)),
            ("openHolds", .integer(open.count)),
            ("overdueHolds", .integer(open.filter { $0.startedAt < admission.overdueBefore }.count)),
            ("overruns", .integer(counters.overruns)), ("overrunSum", .amount(counters.overrunSum)),
            ("cuts", .integer(counters.cuts)), ("extensions", .integer(counters.extensions)),
            ("lostSettlements", .integer(counters.lostSettlements)),
        ])
    }

    private static let mostInterrupted = 1000

    private func interrupted(_ request: ControlRequest) async throws -> JSON {
        try QueryFields(request.uri).finish()
        let rows = try await ledger.interruptedRows(atMost: Self.mostInterrupted)
        return .object([
            (
                "data",
                .array(
                    rows.map { row in
                        .object([
                            ("request_id", .string(row.requestID.requestText)),
                            ("key_id", .string(row.keyDisplayID)), ("model", .string(row.model)),
                            ("cost_usdc", .amount(row.cost)), ("created_at", .string(row.startedAt.rfc3339)),
                        ])
                    })
            )
        ])
    }
}
