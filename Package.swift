// swift-tools-version: 6.2
import PackageDescription

/// Settings of every target: Swift 6 mode with strict concurrency, explicit `any`, members visible only from modules that
/// the file itself imports, warnings as errors.
let house: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

/// Dynamic exclusivity checks cost 10 % of a request in a release build. The data path runs without them; the debug build,
/// which every test uses, has them.
let dataPath: [SwiftSetting] =
    house + [.unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))]

let nio = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let nioHTTPTypesHTTP1 = Target.Dependency.product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
let nioHTTPTypes = Target.Dependency.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdTesting = Target.Dependency.product(name: "HummingbirdTesting", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let grdbSQLite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let configuration = Target.Dependency.product(name: "Configuration", package: "swift-configuration")
let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let asyncHTTPClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "tollgate",
    platforms: [.macOS(.v26)],
    products: [
        .executable(name: "tollgate", targets: ["tollgate"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/apple/swift-nio-extras", exact: "1.35.2"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(
            url: "https://github.com/apple/swift-configuration", exact: "1.4.0",
            traits: ["JSON", "YAML", "CommandLineArguments"]),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
    ],
    targets: [
        // Floor 0: ground
        .target(name: "Money", swiftSettings: house),
        .target(name: "Timekeeping", swiftSettings: house),
        .target(
            name: "Migrations", path: "Migrations",
            resources: [
                .embedInCode("0001_ledger.sql"), .embedInCode("0002_rules_of_money.sql"),
                .embedInCode("0003_every_dialect.sql"), .embedInCode("0004_portal.sql"),
                .embedInCode("0005_vouchers.sql"), .embedInCode("0006_dimensions.sql"),
                .embedInCode("0007_whose_is_what.sql"),
            ],
            swiftSettings: house),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CBrotli", pkgConfig: "libbrotlidec", providers: [.apt(["libbrotli-dev"])]),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        .target(name: "Codings", dependencies: ["CZlib", "CBrotli", "CZstd"], swiftSettings: dataPath),
        // Floor 1: values and pure parsers
        .target(name: "Accounts", dependencies: ["Money", "Timekeeping"], swiftSettings: house),
        .target(name: "Metering", swiftSettings: dataPath),
        .systemLibrary(
            name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]),
        // Floor 2: secrets and the rules of money
        .target(name: "Vault", dependencies: ["COpenSSL", "Accounts"], swiftSettings: dataPath),
        .target(
            name: "Pricing", dependencies: ["Money", "Metering", yams],
            resources: [.embedInCode("default-rate-card.yaml")], swiftSettings: dataPath),
        .target(
            name: "Ledger", dependencies: ["Money", "Timekeeping", "Accounts", "Metering"],
            swiftSettings: dataPath),
        // Floor 3: decisions in memory, and storage
        .target(
            name: "Admission",
            dependencies: [
                "Money", "Timekeeping", "Accounts", "Metering", "Pricing", "Ledger", "Vault", deque, logging,
            ],
            swiftSettings: dataPath),
        .target(
            name: "SQLiteStorage",
            dependencies: [
                "Money", "Timekeeping", "Accounts", "Metering", "Pricing", "Ledger", "Migrations", grdb, grdbSQLite,
                logging,
            ],
            swiftSettings: dataPath),
        .target(
            name: "Observability",
            dependencies: ["Money", "Timekeeping", "Accounts", "Metering", "Ledger", systemPackage, logging],
            swiftSettings: dataPath),
        // Floor 4: data path and control plane
        .target(
            name: "Proxy",
            dependencies: [
                "Money", "Timekeeping", "Codings", "Accounts", "Metering", "Pricing", "Ledger", "Vault", "Admission",
                "Observability", nio, nioPosix, nioHTTP1, nioSSL, deque, logging,
            ],
            swiftSettings: dataPath),
        // Floor 0, beside its only user: the pages
        .target(
            name: "Portal", dependencies: ["CZlib", yams], path: "Public",
            exclude: [
                "shared", "customer", "console", "admin", "docs", "openapi.yaml", "package.json", "tsconfig.json",
            ],
            swiftSettings: house, plugins: ["EmbedFiles"]),
        .target(
            name: "ControlAPI",
            dependencies: [
                "Portal", "Money", "Timekeeping", "Accounts", "Metering", "Pricing", "Ledger", "Vault", "Admission",
                hummingbird, httpTypes, nio, logging,
            ],
            swiftSettings: house),
        // Floor 5: composition
        .target(
            name: "GatewayServer",
            dependencies: [
                "Money", "Timekeeping", "Accounts", "Metering", "Pricing", "Ledger", "Vault", "Admission",
                "SQLiteStorage", "Observability", "Proxy", "ControlAPI", hummingbird, hummingbirdCore, nio, nioPosix,
                nioHTTP1,
                nioHTTPTypes, nioHTTPTypesHTTP1, nioSSL, lifecycle, unixSignals, configuration, logging, yams,
                systemPackage,
            ],
            swiftSettings: house),
        // Floor 6: the command-line tool
        .executableTarget(
            name: "tollgate",
            dependencies: [
                "Money", "Timekeeping", "Accounts", "Metering", "Ledger", "SQLiteStorage", "Pricing", "GatewayServer",
                "DemoUpstream",
                argumentParser, asyncHTTPClient, unixSignals, logging, nio, nioPosix, nioHTTP1,
            ],
            swiftSettings: house),
        // Beside the floors
        .target(
            name: "DemoUpstream", dependencies: [nio, nioPosix, nioHTTP1, nioSSL, logging],
            swiftSettings: house),
        .executableTarget(
            name: "ledger-bench",
            dependencies: [
                "Money", "Timekeeping", "Accounts", "Metering", "Ledger", "SQLiteStorage", grdb, argumentParser,
                logging,
            ],
            path: "Benchmarks/LedgerBench", swiftSettings: house),
        // Tools of the build
        .plugin(name: "EmbedFiles", capability: .buildTool(), dependencies: ["embed-files"]),
        .executableTarget(name: "embed-files", path: "Plugins/embed-files", swiftSettings: house),
        // Tests
        .target(
            name: "TestSupport",
            dependencies: [
                "Money", "Timekeeping", "Codings", "CZlib", "CZstd", "Accounts", "Metering", "Ledger", nio, nioEmbedded,
                nioHTTP1,
            ],
            path: "Tests/TestSupport", swiftSettings: house),
        .testTarget(name: "MoneyTests", dependencies: ["Money"], swiftSettings: house),
        .testTarget(
            name: "TimekeepingTests", dependencies: ["Timekeeping", "TestSupport"], swiftSettings: house),
        .testTarget(
            name: "CodingsTests", dependencies: ["Codings", "TestSupport"],
            swiftSettings: house),
        .testTarget(name: "AccountsTests", dependencies: ["Accounts", "Money"], swiftSettings: house),
        .testTarget(name: "MeteringTests", dependencies: ["Metering"], swiftSettings: house),
        .testTarget(
            name: "PricingTests", dependencies: ["Pricing", "Money", "Metering", "TestSupport"], swiftSettings: house),
        .testTarget(name: "VaultTests", dependencies: ["Vault", "Accounts"], swiftSettings: house),
        .testTarget(
            name: "LedgerTests",
            dependencies: [
                "Ledger", "SQLiteStorage", "Migrations", "Pricing", "Money", "Timekeeping", "Accounts", "Metering",
                "TestSupport",
                grdb,
                logging,
            ],
            swiftSettings: house),
        .testTarget(
            name: "AdmissionTests",
            dependencies: [
                "Admission", "Ledger", "Pricing", "Vault", "Money", "Timekeeping", "Accounts", "Metering",
                "TestSupport",
                logging,
            ],
            swiftSettings: house),
        .testTarget(
            name: "ObservabilityTests",
            dependencies: [
                "Observability", "Ledger", "Accounts", "Metering", "Money", "Timekeeping", "TestSupport", logging,
            ],
            swiftSettings: house),
        .testTarget(
            name: "ProxyTests",
            dependencies: [
                "Proxy", "Observability", "Admission", "Ledger", "Pricing", "Vault", "Accounts", "Metering", "Money",
                "Timekeeping", "Codings",
                "TestSupport", nio, nioEmbedded, nioHTTP1, logging,
            ],
            swiftSettings: house),
        .testTarget(
            name: "SimulationTests",
            dependencies: [
                "Proxy", "Admission", "Ledger", "Pricing", "Vault", "Money", "Timekeeping", "Accounts", "Metering",
                "TestSupport", logging, nio, nioEmbedded, nioHTTP1,
            ],
            swiftSettings: house),
        .testTarget(
            name: "ControlAPITests",
            dependencies: [
                "ControlAPI", "Admission", "Ledger", "Pricing", "Vault", "Timekeeping", "Accounts", "Metering",
                "TestSupport", logging, httpTypes, nio, hummingbird, hummingbirdTesting,
            ],
            swiftSettings: house),
        .testTarget(
            name: "GatewayTests",
            dependencies: [
                "GatewayServer", "ControlAPI", "Proxy", "Portal", "Admission", "Ledger", "Pricing", "Vault", "Money",
                "Timekeeping", "Accounts", "Metering", "TestSupport", logging, httpTypes, hummingbird, nioHTTP1, yams,
            ],
            swiftSettings: house),
    ]
)
