import ArgumentParser

/// The `tollgate` command.
@main
struct Tollgate: AsyncParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "tollgate", abstract: "A reseller gateway for LLM accounts.", version: version,
        subcommands: [
            ServeCommand.self, DemoCommand.self, DemoUpstreamCommand.self, AccountCommand.self, DepositCommand.self,
            KeyCommand.self, BalanceCommand.self, LogsCommand.self, LedgerCommand.self, BackupCommand.self,
            RestoreCommand.self, PricesCommand.self, SettingsCommand.self, HealthcheckCommand.self,
        ])
}
