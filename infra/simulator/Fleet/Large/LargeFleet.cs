using System.Globalization;
using Sluice.Simulator.Core;

namespace Sluice.Simulator.Fleet.Large;

/// <summary>One pipeline of the large fleet: what its team chose, and what came of it.</summary>
internal sealed record LargePipeline(FleetPipeline Of, TimeSpan Age, int Generation, string Tag, string Owner)
{
    /// <summary>A number of its own, from which whatever else differs is taken.</summary>
    public int Variety { get; init; }
}

/// <summary>Thousands of pipelines on many clusters, each a little different; the same seed makes the same ones.</summary>
internal static class LargeFleet
{
    public const int MostClusters = 16;

    public static IReadOnlyList<FleetCluster> Clusters(int count) =>
    [
        .. LargeNames.Clusters.Take(count).Select((name, i) => new FleetCluster(name, i % 10 is 6 or 9 ? "1.7.0" : "1.16")
        {
            Kubernetes = i % 5 == 3 ? "v1.31.9" : i % 5 == 1 ? "v1.32.5" : "v1.33.2",
            Webhook = i % 3 != 2,
        }),
    ];

    /// <summary>How many pipelines each cluster has: about the same, but not the same.</summary>
    public static int[] Shares(int pipelines, int clusters, Seeds seeds)
    {
        if (clusters == 1) return [pipelines];
        var weights = Enumerable.Range(0, clusters).Select(i => 0.85 + 0.3 * seeds.Unit("share", i.ToString(CultureInfo.InvariantCulture))).ToArray();
        var shares = weights.Select(w => (int)(pipelines * w / weights.Sum())).ToArray();
        for (var i = 0; shares.Sum() < pipelines; i = (i + 1) % clusters) shares[i]++;
        return shares;
    }

    public static IEnumerable<LargePipeline> Pipelines(FleetCluster cluster, int count, Seeds seeds)
    {
        var random = new Random(seeds.Int(int.MaxValue, cluster.Name, "fleet"));
        var teams = LargeNames.Teams.SelectMany(t => Enumerable.Repeat(t, t.Weight)).ToArray();
        var used = new HashSet<(string, string)>();
        var sessions = new List<FleetPipeline>();
        for (var i = 0; i < count; i++)
        {
            var (team, _, subjects) = teams[random.Next(teams.Length)];
            var home = team + LargeNames.Environments[random.Next(LargeNames.Environments.Length)];
            var kind = random.NextDouble() switch { < 0.005 => "session", < 0.02 when sessions.Count > 0 => "sessionJob", < 0.27 => "BeamJava", _ => "FlinkJar" };
            if (kind == "sessionJob" && sessions.Count > 0) home = sessions[random.Next(sessions.Count)].Home;
            var name = Unique(used, home, kind == "session" ? $"{team}-session" : Name(random, subjects));
            var one = Pipeline(random, cluster, home.Split('-') is [.., "prod" or "batch" or "staging"] ? home[..home.LastIndexOf('-')] : home, home, name, kind);
            if (kind == "sessionJob") one = one with { SessionCluster = sessions.First(s => s.Home == home).Name, FlinkVersion = "" };
            if (kind == "session") sessions.Add(one);
            var tag = $"{random.Next(1, 6)}.{random.Next(24)}.{random.Next(12)}";
            yield return new(one with { Image = kind == "session" ? $"registry.example.com/{one.Team}/flink:{tag}" : $"registry.example.com/{one.Team}/{Stem(name)}:{tag}" },
                TimeSpan.FromHours(1 + 640 * Math.Pow(random.NextDouble(), 2.2)), 2 + (int)(40 * Math.Pow(random.NextDouble(), 3)), tag, $"{one.Team}-oncall")
            { Variety = random.Next() };
        }
    }

    private static FleetPipeline Pipeline(Random random, FleetCluster cluster, string team, string home, string name, string kind)
    {
        var flink = cluster.Operator == "1.7.0"
            ? random.NextDouble() < 0.6 ? "v1_18" : "v1_19"
            : random.NextDouble() switch { < 0.08 => "v1_18", < 0.28 => "v1_19", < 0.74 => "v1_20", _ => "v2_0" };
        var parallelism = random.NextDouble() switch { < 0.3 => 1, < 0.6 => 2, < 0.8 => 4, < 0.92 => 8, < 0.98 => 16, _ => 32 };
        return new(cluster.Name, team, name)
        {
            Namespace = home,
            Kind = kind,
            FlinkVersion = flink,
            Parallelism = parallelism,
            Slots = parallelism >= 8 ? 4 : 2,
            UpgradeMode = random.NextDouble() switch { < 0.6 => "savepoint", < 0.93 => "last-state", _ => "stateless" },
            State = kind is "FlinkJar" or "BeamJava" && random.NextDouble() < 0.02 ? "suspended" : "running",
            TaskMemory = random.NextDouble() switch { < 0.5 => "2g", < 0.8 => "4g", _ => "8g" },
            CheckpointSeconds = random.NextDouble() switch { < 0.2 => 30, < 0.8 => 60, _ => 180 },
        };
    }

    private static string Name(Random random, string[] subjects)
    {
        var variant = LargeNames.Variants[random.Next(LargeNames.Variants.Length)];
        return $"{subjects[random.Next(subjects.Length)]}-{LargeNames.Works[random.Next(LargeNames.Works.Length)]}{(variant.Length > 0 ? "-" + variant : "")}";
    }

    private static string Unique(HashSet<(string, string)> used, string home, string name)
    {
        var tried = name;
        for (var i = 2; !used.Add((home, tried)); i++) tried = string.Create(CultureInfo.InvariantCulture, $"{name}-{i}");
        return tried;
    }

    private static string Stem(string name) => name.Split('-') is [var subject, var work, ..] ? $"{subject}-{work}" : name;
}
