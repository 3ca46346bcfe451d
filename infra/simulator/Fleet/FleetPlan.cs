using System.Text.Json;
using Sluice.Simulator.Flink;

namespace Sluice.Simulator.Fleet;

/// <summary>The clusters of a fleet and what runs on them at the start.</summary>
internal sealed record FleetPlan(IReadOnlyList<FleetCluster> Clusters, IReadOnlyList<FleetPipeline> Pipelines)
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow };

    public static FleetPlan Load(string name)
    {
        if (name == "demo") return DemoFleet.Plan;
        if (name == "empty") return new(DemoFleet.Plan.Clusters, []);
        if (!File.Exists(name)) throw new FormatException($"There is no fleet {name}: it is demo, empty, scale, or the path of a JSON file.");
        try { return JsonSerializer.Deserialize<FleetPlan>(File.ReadAllText(name), Options)!; }
        catch (JsonException exception) { throw new FormatException($"The fleet in {name} cannot be read: {exception.Message}"); }
    }
}

internal sealed record FleetCluster(string Name, string Operator)
{
    public string Kubernetes { get; init; } = "v1.33.2";
    public bool Webhook { get; init; }
    public double ReconcileSeconds { get; init; } = 15;
    public double ProgressSeconds { get; init; } = 5;
}

/// <summary>One pipeline: what its resource says, and how its world behaves.</summary>
internal sealed record FleetPipeline(string Cluster, string Team, string Name)
{
    public string? Namespace { get; init; }

    /// <summary>FlinkJar, BeamJava, session (a session cluster) or sessionJob.</summary>
    public string Kind { get; init; } = "FlinkJar";
    public string FlinkVersion { get; init; } = "v1_19";
    public int Parallelism { get; init; } = 2;
    public int Slots { get; init; } = 2;
    public string UpgradeMode { get; init; } = "savepoint";
    public string State { get; init; } = "running";
    public string? Image { get; init; }
    public string? EntryClass { get; init; }
    public string? SessionCluster { get; init; }
    public string TaskMemory { get; init; } = "2g";
    public double CheckpointSeconds { get; init; } = 60;
    public double AgeHours { get; init; } = 30;

    /// <summary>Made only this long before the simulator starts, instead of with the rest.</summary>
    public double? StartedSecondsAgo { get; init; }

    /// <summary>How long its backlog is at the start, in seconds of input.</summary>
    public double BehindSeconds { get; init; }
    public IReadOnlyList<string>? Args { get; init; }
    public JobTraits? Traits { get; init; }

    public string Home => Namespace ?? Team;
}
