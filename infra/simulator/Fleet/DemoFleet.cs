using Sluice.Simulator.Flink;

namespace Sluice.Simulator.Fleet;

/// <summary>A believable company: six teams, two regions, mostly well, some not.</summary>
internal static class DemoFleet
{
    private const string Eu = "eu-west";
    private const string Us = "us-east";

    public static readonly FleetPlan Plan = new(
        [new(Eu, "1.16") { Webhook = true }, new(Us, "1.7.0") { Kubernetes = "v1.31.9" }],
        [.. Payments(), .. Rides(), .. Growth(), .. Search(), .. Logistics(), .. Platform()]);

    private static IEnumerable<FleetPipeline> Payments() =>
    [
        Jar(Eu, "payments", "fraud-scores", 6400, 900, 4, 200) with { FlinkVersion = "v1_20", AgeHours = 212, TaskMemory = "4g" },
        Jar(Eu, "payments", "ledger-entries", 1800, 420, 2, 640),
        Jar(Eu, "payments", "chargeback-alerts", 240, 36, 1, 90),
        Beam(Eu, "payments", "settlement-batches", 950, 260, 2, 51),
        Jar(Eu, "payments", "card-velocity", 5200, 1400, 4, 12) with { FlinkVersion = "v2_0", UpgradeMode = "last-state" },
        Jar(Us, "payments", "fraud-scores-us", 4100, 700, 4, 96) with { TaskMemory = "4g" },
        // The image was never pushed.
        Jar(Eu, "payments", "iban-checks", 120, 10, 1, 1) with { Image = "registry.example.com/payments/iban-checks:2.4.1-does-not-exist", AgeHours = 0 },
    ];

    private static IEnumerable<FleetPipeline> Rides() =>
    [
        Jar(Eu, "rides", "eta-corrections", 8800, 300, 4, 70) with { FlinkVersion = "v1_20" },
        Jar(Eu, "rides", "surge-zones", 3900, 180, 2, 33),
        Beam(Eu, "rides", "trip-summaries", 1500, 520, 2, 160),
        Jar(Eu, "rides", "driver-positions", 21_000, 60, 8, 9) with { FlinkVersion = "v2_0", Slots = 4, TaskMemory = "4g" },
        // More comes in than goes out.
        Jar(Eu, "rides", "pickup-matching", 9000, 350, 2, 41) with { BehindSeconds = 5400, Traits = Traits(9000, 350) with { Slowness = 2.6, Partitions = 24 } },
        Jar(Us, "rides", "eta-corrections-us", 5600, 240, 4, 58),
        Jar(Us, "rides", "trip-receipts", 610, 44, 1, 300) with { State = "suspended" },
    ];

    private static IEnumerable<FleetPipeline> Growth() =>
    [
        Beam(Eu, "growth", "campaign-clicks", 2700, 90, 2, 25),
        Jar(Eu, "growth", "signup-funnel", 340, 24, 1, 480),
        Jar(Eu, "growth", "referral-credits", 75, 8, 1, 700) with { State = "suspended" },
        Beam(Us, "growth", "email-engagement", 1300, 64, 2, 18),
        Jar(Us, "growth", "attribution-windows", 2200, 980, 3, 77),
        // The argument is no number: main() throws.
        Jar(Us, "growth", "coupon-budgets", 90, 4, 1, 0) with { AgeHours = 0, Args = ["--rate", "unlimited", "--topic", "coupon-redemptions"] },
    ];

    private static IEnumerable<FleetPipeline> Search() =>
    [
        Jar(Eu, "search", "query-suggestions", 4800, 520, 4, 88) with { FlinkVersion = "v1_20" },
        Jar(Eu, "search", "index-updates", 1600, 210, 2, 130),
        Beam(Eu, "search", "catalog-enrichment", 700, 1500, 2, 65),
        Jar(Eu, "search", "clickstream-sessions", 7200, 2600, 4, 44) with
        {
            // Its state no longer fits into the time that a checkpoint has.
            CheckpointSeconds = 120, Traits = Traits(7200, 2600) with { CheckpointsTimeOut = true },
        },
        Jar(Us, "search", "ranking-features", 3100, 640, 4, 150) with { UpgradeMode = "last-state" },
        Jar(Us, "search", "query-logs", 5400, 20, 2, 260) with { FlinkVersion = "v1_18" },
    ];

    private static IEnumerable<FleetPipeline> Logistics() =>
    [
        Jar(Eu, "logistics", "parcel-events", 1900, 310, 2, 52),
        Beam(Eu, "logistics", "route-plans", 420, 180, 2, 29),
        Jar(Eu, "logistics", "warehouse-stock", 860, 95, 2, 111),
        // One bad order stops it, again and again.
        Jar(Eu, "logistics", "customs-declarations", 260, 30, 1, 6) with { Traits = Traits(260, 30) with { FailsAfter = TimeSpan.FromSeconds(75), FailureMessage = "declaration 88213 has no tariff code" } },
        // Too large for any node.
        Jar(Us, "logistics", "fleet-telemetry", 12_000, 240, 4, 0) with { AgeHours = 0, TaskMemory = "96g" },
        Jar(Us, "logistics", "delivery-promises", 1400, 150, 2, 83),
        Jar(Us, "logistics", "returns-intake", 180, 12, 1, 190),
    ];

    private static IEnumerable<FleetPipeline> Platform() =>
    [
        Jar(Eu, "platform", "audit-trail", 980, 40, 1, 900),
        Jar(Eu, "platform", "metrics-rollup", 14_000, 130, 6, 20) with { Slots = 3, FlinkVersion = "v1_20" },
        // It has just been made; its TaskManagers take their time.
        Jar(Eu, "platform", "access-anomalies", 450, 60, 2, 0) with { StartedSecondsAgo = 25, AgeHours = 0, Traits = Traits(450, 60) with { TaskManagerStart = TimeSpan.FromMinutes(4) } },
        new(Us, "platform", "shared-session") { Kind = "session", Slots = 4, AgeHours = 310 },
        new(Us, "platform", "schema-drift") { Kind = "sessionJob", SessionCluster = "shared-session", Parallelism = 2, AgeHours = 120, Traits = Traits(320, 15) },
        new(Us, "platform", "dead-letters") { Kind = "sessionJob", SessionCluster = "shared-session", Parallelism = 1, AgeHours = 64, Traits = Traits(40, 6) },
        Jar(Us, "platform", "log-shipping", 6100, 25, 3, 410),
    ];

    private static FleetPipeline Jar(string cluster, string team, string name, double rate, double stateMb, int parallelism, double ageHours) =>
        new(cluster, team, name) { Parallelism = parallelism, AgeHours = ageHours, Traits = Traits(rate, stateMb) };

    private static FleetPipeline Beam(string cluster, string team, string name, double rate, double stateMb, int parallelism, double ageHours) =>
        Jar(cluster, team, name, rate, stateMb, parallelism, ageHours) with { Kind = "BeamJava", CheckpointSeconds = 30 };

    private static JobTraits Traits(double rate, double stateMb) => new() { Rate = rate, StateBytes = (long)(stateMb * 1e6) };
}
