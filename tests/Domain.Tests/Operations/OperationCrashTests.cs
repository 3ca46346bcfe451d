using System.Text.RegularExpressions;
using Shouldly;
using Sluice.Domain.Operations;
using Xunit;

namespace Sluice.Domain.Tests.Operations;

/// <summary>
/// Each kind of operation is killed at every boundary of every step, and right after every write that reached the cluster, for both generations of the
/// operator. The next replica must end it with the same account as an undisturbed run: each savepoint taken once, nothing left stopped.
/// </summary>
public sealed class OperationCrashTests
{
    public static TheoryData<OperationKind, bool> Kinds()
    {
        var data = new TheoryData<OperationKind, bool>();
        foreach (var kind in Enum.GetValues<OperationKind>())
        {
            data.Add(kind, true);
            data.Add(kind, false);
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task RunAsync_KilledAnywhere_EndsOnceAsIfNothingHappened(OperationKind kind, bool snapshots)
    {
        var calm = await PrepareAsync(kind, snapshots);
        var writesBefore = calm.Cluster.Writes;
        var operation = await StartAsync(calm, kind);
        await calm.WorkAsync();
        var expected = await AccountAsync(calm, operation.Id);
        expected.State.ShouldBe(OperationState.Succeeded, expected.Message);

        var kills = operation.Steps.SelectMany(s => Enum.GetNames<StepBoundary>().Select(b => (Boundary: (string?)$"{s.Name}:{b}", Write: (int?)null)))
            .Concat(Enumerable.Range(writesBefore + 1, calm.Cluster.Writes - writesBefore).Select(w => (Boundary: (string?)null, Write: (int?)w)));
        await Parallel.ForEachAsync(kills, new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = TestContext.Current.CancellationToken }, async (at, _) =>
        {
            var where = at.Boundary ?? $"after write {at.Write}";
            var world = await PrepareAsync(kind, snapshots);
            var killed = await StartAsync(world, kind);
            var kill = new Kill(at.Boundary, at.Write);

            await world.WorkAsync(kill);
            kill.Happened.ShouldBeTrue($"{kind} was not killed {where}");
            while (await world.WorkAsync())
            {
                // Another replica takes over.
            }

            (await AccountAsync(world, killed.Id)).ShouldBe(expected, $"{kind}, killed {where}");
        });
    }

    private static Task<Operation> StartAsync(OperationWorld world, OperationKind kind) => world.StartAsync(kind switch
    {
        OperationKind.Redeploy => OperationWorld.Request(kind) with { SnapshotPath = "s3://state/savepoint-1", AllowNonRestoredState = true },
        OperationKind.Rollback => OperationWorld.Request(kind) with { Revision = 1 },
        OperationKind.Fork => OperationWorld.Request(kind) with { Pipeline = OperationWorld.Key with { Name = "order-totals-fork" }, Source = OperationWorld.Key },
        // In place in one generation, by a restart in the other.
        OperationKind.Scale => OperationWorld.Request(kind) with
        {
            Scale = world.Cluster.Capabilities.HasSnapshots ? new ScaleTarget { Vertices = new Dictionary<string, int?> { [FakeJob.Totals] = 4 } } : new ScaleTarget { Parallelism = 4 },
        },
        OperationKind.GoLive => OperationWorld.Request(kind, Manifest(kind)) with { GoLive = new GoLiveWhen { RunsForSeconds = 5 } },
        OperationKind.DisposeSnapshot => OperationWorld.Request(kind) with { SnapshotPath = world.Snapshots.Leaving },
        _ => OperationWorld.Request(kind, Manifest(kind)),
    });

    private static string? Manifest(OperationKind kind) => kind switch
    {
        OperationKind.Deploy => OperationWorld.Manifest(),
        OperationKind.Upgrade or OperationKind.SideBySide or OperationKind.GoLive => OperationWorld.Manifest("flink:1.19.4"),
        _ => null,
    };

    private static async Task<OperationWorld> PrepareAsync(OperationKind kind, bool snapshots)
    {
        var world = new OperationWorld(snapshots);
        if (kind == OperationKind.Deploy) return world;
        world.Cluster.TellsSources = kind == OperationKind.GoLive;
        if (kind == OperationKind.Scale) await world.WithScalablePipelineAsync();
        else await world.WithPipelineAsync(suspended: kind == OperationKind.Resume);
        if (kind == OperationKind.DisposeSnapshot) await world.WithQuarantinedAsync();
        if (kind == OperationKind.Rollback) (await world.RunAsync(OperationKind.Upgrade, OperationWorld.Manifest("flink:1.19.4"))).State.ShouldBe(OperationState.Succeeded);
        return world;
    }

    private static async Task<Account> AccountAsync(OperationWorld world, Guid id)
    {
        var operation = await world.FindAsync(id);
        var resource = world.Cluster.Find("FlinkDeployment", "order-totals");
        return new Account(
            operation.State,
            Anonymous(operation),
            world.Cluster.ManualSavepoints, world.Cluster.StopSavepoints, world.Cluster.Starts, world.Pipelines.Revisions.Count,
            resource is null ? null : world.Cluster.Job("order-totals").State,
            resource is null ? null : world.Cluster.Job("order-totals").RestoredFrom,
            Other(world, "order-totals-fork") ?? Other(world, "order-totals-g2"), (string?)resource?["spec"]?["image"], (string?)resource?["spec"]?["job"]?["upgradeMode"], world.Cluster.Disposed.Count, world.Snapshots.States);
    }

    /// <summary>Names are made from ids, which differ between two runs.</summary>
    private static string Anonymous(Operation operation) => Regex.Replace(Regex.Replace(operation.Message, "[0-9a-f]{12}", "<id>"), @"about \d+ s", "about <n> s");

    private static string? Other(OperationWorld world, string name) => world.Cluster.Find("FlinkDeployment", name) is null ? null
        : $"{world.Cluster.Job(name).State}, from a path: {world.Cluster.Job(name).RestoredFrom is not null}, registered: {world.Pipelines.Has(OperationWorld.Key with { Name = name })}";

    private sealed record Account(
        OperationState State, string Message, int ManualSavepoints, int StopSavepoints, int Starts, int Revisions, string? Job, string? RestoredFrom, string? Other, string? Image, string? UpgradeMode, int Disposed, string Snapshots);
}
