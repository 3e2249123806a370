import Accounts
import Admission
import HTTPTypes
import Ledger
import Metering
import Timekeeping

/// The health status of the gateway, for the operator.
struct StatusRoutes: Sendable {
    let admission: AdmissionServices
    let ledger: any HoldReader
    let health: @Sendable () -> Health
    let sources: SystemSources
    let check: LedgerCheck

    var table: [ControlRoute] {
        [
            ControlRoute(.get, "/admin/status", .adminKey, status),
            ControlRoute(.post, "/admin/verification", .adminKey, verify),
            ControlRoute(.get, "/admin/interrupted", .adminKey, interrupted),
        ]
    }

    private func status(_ request: ControlRequest) async throws -> JSON {
        try QueryFields(request.uri).finish()
        let counters = admission.requests.counters
        let state = try sources.ledger()
        let open = try await ledger.holds(before: Timestamp(milliseconds: .max))
        return .object([
            ("ledgerWritable", .bool(health().isLedgerWritable)), ("stopping", .bool(health().isStopping)),
            ("openHolds", .integer(open.count)),
            ("overdueHolds", .integer(open.filter { $0.startedAt < admission.requests.overdueBefore }.count)),
            ("overruns", .integer(counters.overruns)), ("overrunSum", .amount(counters.overrunSum)),
            ("cuts", .integer(counters.cuts)), ("extensions", .integer(counters.extensions)),
            ("lostSettlements", .integer(counters.lostSettlements)),
            ("commits", .optional(state.commits, Self.describe)),
            (
                "disk",
                .object([
                    ("ledgerBytes", .integer(state.size)), ("logBytes", .integer(state.logSize)),
                    ("freeBytes", .integer(state.free)),
                ])
            ),
            ("upstreams", .array(sources.upstreams().map(describe))), ("verification", verification),
        ])
    }

    /// Starts a verification of the ledger, unless one is running; the status contains its result.
    private func verify(_ request: ControlRequest) async throws -> JSON {
        check.start()
        return .object([("verification", verification)])
    }

    private var verification: JSON {
        func members(
            _ state: String, at moment: Timestamp? = nil, _ proof: LedgerProof? = nil, milliseconds: Int64? = nil
        ) -> JSON {
            .object([
                ("state", .string(state)), ("at", .optional(moment) { .string($0.rfc3339) }),
                ("rows", .optional(proof?.rows, JSON.integer)), ("milliseconds", .optional(milliseconds, JSON.integer)),
                ("breaks", .array((proof?.breaks ?? []).map(JSON.string))),
            ])
        }
        return switch check.state {
        case .never: members("never")
        case .running(let moment): members("running", at: moment)
        case .failed(let moment): members("failed", at: moment)
        case .done(let proof, let moment, let milliseconds):
            members(proof.breaks.isEmpty ? "consistent" : "broken", at: moment, proof, milliseconds: milliseconds)
        }
    }

    private static func describe(_ commits: LedgerState.Commits) -> JSON {
        func milliseconds(_ nanoseconds: Int64) -> JSON {
            .number(String(Double(nanoseconds / 1000) / 1000))
        }
        return .object([
            ("count", .integer(commits.count)), ("p50Milliseconds", milliseconds(commits.median)),
            ("p99Milliseconds", milliseconds(commits.slowest)),
        ])
    }

    private func describe(_ upstream: UpstreamState) -> JSON {
        let failure = upstream.lastFailure
        return .object([
            ("name", .string(upstream.upstreamProtocol.name)), ("host", .string(upstream.authority)),
            ("failuresInARow", .integer(upstream.consecutiveFailures)),
            ("lastAnswerAt", .optional(upstream.lastAnswerAt) { .string($0.rfc3339) }),
            ("lastFailureAt", .optional(failure) { .string($0.at.rfc3339) }),
            ("lastFailure", .optional(failure) { .string($0.reason) }),
            ("balance", .optional(upstream.balance) { .amount($0.amount) }),
            ("balanceAt", .optional(upstream.balance) { .string($0.at.rfc3339) }),
            ("flags", .array(admission.requests.flags.entries(of: upstream.upstreamProtocol).map(Self.describe))),
        ])
    }

    private static func describe(_ flag: FlagCounts.Entry) -> JSON {
        .object([
            ("flag", .string(flag.name)), ("count", .integer(flag.count)), ("lastAt", .string(flag.lastAt.rfc3339)),
            ("lastRequestId", .string(flag.lastRequestID.requestText)),
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
