using Shouldly;
using Sluice.Domain.Operations;
using Sluice.Domain.Operations.Planning;
using Sluice.Domain.Pipelines;
using Xunit;

namespace Sluice.Domain.Tests.Operations;

/// <summary>A new pipeline with the state of another one, which runs on.</summary>
public sealed class ForkOperationTests
{
    private static readonly PipelineKey New = OperationWorld.Key with { Name = "order-totals-b", Namespace = "team-rides" };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Fork_OfARunningPipeline_BeginsWithANewSavepointAndLeavesTheFirstRunning(bool snapshots)
    {
        var world = await new OperationWorld(snapshots).WithPipelineAsync();

        var forked = await world.RunAsync(Ask());

        forked.State.ShouldBe(OperationState.Succeeded, forked.Message);
        (world.Cluster.ManualSavepoints, world.Cluster.StopSavepoints, world.Cluster.Starts).ShouldBe((1, 0, 2));
        world.Cluster.Job("order-totals").State.ShouldBe("RUNNING");
        var restored = world.Cluster.Job(New.Name).RestoredFrom.ShouldNotBeNull();
        forked.Steps.Single(s => s.Name == "verify").Message.ShouldContain(restored[restored.LastIndexOf('/')..]);
        var created = world.Cluster.Find("FlinkDeployment", New.Name)!;
        ((string?)created["spec"]!["job"]!["initialSavepointPath"]).ShouldBe(restored);
        ((string?)created["metadata"]!["annotations"]!["sluice.dev/forked-from"]).ShouldBe("west/team-orders/order-totals");
        var registered = (await world.Pipelines.FindAsync(New, Token)).ShouldNotBeNull();
        registered.Team.ShouldBe("orders");
        world.Pipelines.Revisions[^1].Manifest.ShouldBe(OperationWorld.Manifest().Replace("order-totals", New.Name, StringComparison.Ordinal).Replace("team-orders", New.Namespace, StringComparison.Ordinal));
        (forked.Plan!.State!.Source, forked.Outcome!.Effect, forked.Outcome.Disagreements.Count).ShouldBe((StateSource.NewSavepoint, JobEffect.Starts, 0), string.Join("\n", forked.Outcome.Disagreements));
    }

    [Fact]
    public async Task Fork_FromAChosenSnapshot_TakesNoSavepoint()
    {
        var world = await new OperationWorld().WithPipelineAsync(suspended: true);

        var forked = await world.RunAsync(Ask() with { SnapshotPath = "s3://state/savepoint-7", AllowNonRestoredState = true });

        forked.State.ShouldBe(OperationState.Succeeded, forked.Message);
        world.Cluster.ManualSavepoints.ShouldBe(0);
        world.Cluster.Job(New.Name).RestoredFrom.ShouldBe("s3://state/savepoint-7");
        world.Cluster.Find("FlinkDeployment", New.Name)!["spec"]!["job"]!["allowNonRestoredState"]!.GetValue<bool>().ShouldBeFalse();
        forked.Plan!.State!.Path.ShouldBe("s3://state/savepoint-7");
    }

    [Fact]
    public async Task Fork_RestoredFromAnotherSnapshot_FailsAndSaysSo()
    {
        var world = await new OperationWorld().WithPipelineAsync();
        world.Cluster.RestoreFrom = "file:/savepoints/another";

        var forked = await world.RunAsync(Ask());

        forked.State.ShouldBe(OperationState.Failed);
        forked.Message.ShouldContain("it was restored from file:///savepoints/another and not from");
    }

    [Fact]
    public async Task Fork_WhileItsSavepointIsTaken_HoldsTheFirstPipelineAndNoLonger()
    {
        var world = await new OperationWorld().WithPipelineAsync();
        var forked = await world.StartAsync(Ask());
        await world.Service.RefreshActiveAsync(Token);
        world.Service.Active[OperationWorld.Key].Phase.ShouldBe(PipelinePhase.Savepointing);
        world.Service.Active[New].Phase.ShouldBe(PipelinePhase.Deploying);
        (await Should.ThrowAsync<OperationRefusedException>(() => world.StartAsync(OperationWorld.Request(OperationKind.Suspend)))).ActiveOperation.ShouldBe(forked.Id);

        await world.WorkAsync(new Kill("register:Before"));
        await world.Service.RefreshActiveAsync(Token);

        world.Service.Active.Keys.ShouldBe([New]);
        (await world.StartAsync(OperationWorld.Request(OperationKind.Restart))).State.ShouldBe(OperationState.Pending);
    }

    [Fact]
    public async Task Plan_OfAFork_ShowsTheNewManifestAndWhatBothWouldDoAtOnce()
    {
        var world = new OperationWorld();
        var manifest = OperationWorld.Manifest().Replace("    parallelism: 2", "    args: [--group, totals, --transactional-prefix=tx, --rate, \"5\"]\n    parallelism: 2", StringComparison.Ordinal);
        (await world.RunAsync(OperationKind.Deploy, manifest)).State.ShouldBe(OperationState.Succeeded);

        var plan = await world.Service.PlanAsync(Ask(), Token);

        plan.Problems.ShouldBeEmpty();
        plan.Change.ShouldContain("+  name: order-totals-b");
        plan.Change.ShouldContain("+    initialSavepointPath: <the new savepoint>");
        plan.Cautions.ShouldContain(c => c.StartsWith("Both would use the consumer group totals (--group)", StringComparison.Ordinal));
        plan.Cautions.ShouldContain(c => c.StartsWith("Both would use the transactional id tx (--transactional-prefix)", StringComparison.Ordinal));
        plan.Cautions[^1].ShouldBe("Both pipelines read and write at once from then on.");
        plan.Classification!.Effect.ShouldBe(JobEffect.Starts);
    }

    public static TheoryData<PipelineKey, PipelineKey?, string?, string> Refused() => new()
    {
        { New, null, null, "No pipeline is named to begin from." },
        { OperationWorld.Key, OperationWorld.Key, null, "The new pipeline needs a name of its own." },
        { New with { Name = "Totals" }, OperationWorld.Key, null, "“Totals” is no name for it" },
        { New with { Cluster = "east" }, OperationWorld.Key, null, "No cluster named east is configured." },
        { New, OperationWorld.Key with { Name = "other" }, null, "west/team-orders/other does not exist on the cluster" },
        { New, OperationWorld.Key, "savepoint-7", "savepoint-7 is no path" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Fork_ToWhatCannotBe_IsRefused(PipelineKey key, PipelineKey? source, string? path, string expected)
    {
        var world = await new OperationWorld().WithPipelineAsync();

        var refused = await Should.ThrowAsync<OperationRefusedException>(() => world.StartAsync(Ask() with { Pipeline = key, Source = source, SnapshotPath = path, Manifest = null }));

        refused.Problems.ShouldContain(p => p.StartsWith(expected, StringComparison.Ordinal), string.Join("\n", refused.Problems));
    }

    [Fact]
    public async Task Fork_ToANameThatExists_IsRefused()
    {
        var world = await new OperationWorld().WithPipelineAsync();
        (await world.RunAsync(Ask())).State.ShouldBe(OperationState.Succeeded);

        (await Should.ThrowAsync<OperationRefusedException>(() => world.StartAsync(Ask()))).Problems.ShouldContain("west/team-rides/order-totals-b exists already. Choose another name.");
    }

    private static OperationRequest Ask() => new(OperationKind.Fork, New, "test") { Source = OperationWorld.Key };
}
