import Timekeeping

/// A management command and the line of the audit log that tells of it: both are written, or neither.
public struct AuditedCommand<Command: ManagementCommand>: ManagementCommand {
    /// The command.
    public var command: Command
    /// Who asked for it.
    public var actor: AuditActor
    /// When it was asked for.
    public var requestedAt: Timestamp

    public func apply(to handler: inout some ManagementCommandHandler) throws -> Command.Receipt {
        let receipt = try command.apply(to: &handler)
        try handler.record(actor, changing: receipt.auditSubject, at: requestedAt)
        return receipt
    }
}

extension ManagementCommand {
    /// Returns the command together with a line of the audit log.
    public func audited(by actor: AuditActor, at now: Timestamp) -> AuditedCommand<Self> {
        AuditedCommand(command: self, actor: actor, requestedAt: now)
    }
}
