using Shouldly;
using Sluice.Domain.Operations;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Snapshots;
using Sluice.Domain.Tests.Operations;
using Xunit;

namespace Sluice.Domain.Tests.Snapshots;

public sealed class DisposeSnapshotTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Run_QuarantineEnded_RemovesTheDataOnceByTheWayOfTheOperator(bool snapshots)
    {
        var world = await new OperationWorld(snapshots).WithPipelineAsync();
        var snapshot = await world.WithQuarantinedAsync();

        var operation = await world.RunAsync(Request(snapshot));

        operation.State.ShouldBe(OperationState.Succeeded, operation.Message);
        world.Cluster.Disposed.ShouldBe([snapshot.Path]);
        world.Snapshots.States.ShouldBe("Disposed, Available");
        (await world.Snapshots.FindAsync(snapshot.Id, Token))!.ShouldSatisfyAllConditions(s => s.Disposal.ShouldBe(operation.Id), s => s.EndedAt.ShouldNotBeNull(), s => s.ObjectName.ShouldBeNull());
        operation.Steps.SelectMany(s => s.Evidence).ShouldContain(e => e.Text.Contains(snapshots ? "DELETE flinkstatesnapshots" : "POST /savepoint-disposal", StringComparison.Ordinal));
        world.Cluster.Job("order-totals").State.ShouldBe("RUNNING");
    }

    [Theory]
    [InlineData(SnapshotState.Available, "not in quarantine")]
    [InlineData(SnapshotState.Disposed, "disposed of already")]
    [InlineData(SnapshotState.Lost, "gone already")]
    public async Task Start_NotInQuarantine_IsRefused(SnapshotState state, string says)
    {
        var world = await new OperationWorld().WithPipelineAsync();
        var snapshot = await world.WithQuarantinedAsync();
        await world.Snapshots.ChangeAsync(snapshot.Id, s => s with { State = state }, Token);

        (await RefusedAsync(world, Request(snapshot))).ShouldContain(says);
    }

    [Fact]
    public async Task Start_WhatStandsAgainstIt_IsRefusedInWords()
    {
        var world = await new OperationWorld().WithPipelineAsync();
        var snapshot = await world.WithQuarantinedAsync();

        (await RefusedAsync(world, Request(snapshot) with { SnapshotPath = "s3://elsewhere/savepoint-1" })).ShouldContain("not in this pipeline's catalogue");
        (await RefusedAsync(world, Request(snapshot) with { SnapshotPath = null })).ShouldContain("No snapshot is named");
        await world.Snapshots.ChangeAsync(snapshot.Id, s => s with { QuarantineUntil = world.Time.GetUtcNow().AddDays(1) }, Token);
        (await RefusedAsync(world, Request(snapshot))).ShouldContain("quarantine lasts until");
        await world.Snapshots.ChangeAsync(snapshot.Id, s => s with { QuarantineUntil = world.Time.GetUtcNow() }, Token);
        (await world.RunAsync(OperationKind.Suspend)).State.ShouldBe(OperationState.Succeeded);
        (await RefusedAsync(world, Request(snapshot))).ShouldContain("only a running job can dispose");
        world.Cluster.Disposed.ShouldBeEmpty();
    }

    [Fact]
    public async Task Start_TheOperatorWouldStartFromIt_IsRefused()
    {
        var world = await new OperationWorld(snapshots: false).WithPipelineAsync();
        var snapshot = await world.WithQuarantinedAsync();
        var newest = (await world.Snapshots.ListAsync(snapshot.PipelineId, Token))[0];
        await world.Snapshots.ChangeAsync(newest.Id, s => s with { State = SnapshotState.Quarantined, QuarantineUntil = world.Time.GetUtcNow() }, Token);

        (await RefusedAsync(world, Request(newest))).ShouldContain("The operator starts the job from it next time");
    }

    [Fact]
    public async Task Run_FlinkCannotDispose_WaitsForAPersonAndRetrySucceeds()
    {
        var world = await new OperationWorld(snapshots: false).WithPipelineAsync();
        var snapshot = await world.WithQuarantinedAsync();
        world.Cluster.DisposalError = "java.io.IOException: the bucket is read-only";

        var waiting = await world.RunAsync(Request(snapshot));
        waiting.State.ShouldBe(OperationState.Waiting);
        waiting.Message.ShouldContain("the bucket is read-only");
        world.Snapshots.States.ShouldBe("Disposing, Available");

        world.Cluster.DisposalError = null;
        await world.Service.RetryAsync(waiting.Id, new Domain.Access.Actor("demo"), Token);
        await world.WorkAsync();

        (await world.FindAsync(waiting.Id)).State.ShouldBe(OperationState.Succeeded);
        world.Cluster.Disposed.ShouldBe([snapshot.Path]);
    }

    [Fact]
    public async Task Run_ObjectStandsForAnotherByNow_RemovesNothing()
    {
        var world = await new OperationWorld().WithPipelineAsync();
        var snapshot = await world.WithQuarantinedAsync();
        world.Cluster.Find("FlinkStateSnapshot", snapshot.ObjectName!)!["status"]!["path"] = "file:/savepoints/other";

        var failed = await world.RunAsync(Request(snapshot));

        failed.State.ShouldBe(OperationState.Failed);
        failed.Message.ShouldContain("Nothing was removed");
        world.Cluster.Disposed.ShouldBeEmpty();
    }

    [Fact]
    public async Task Keeper_QuarantineEnded_StartsOneDisposalAndTakesFailedOnesBack()
    {
        var world = await new OperationWorld().WithPipelineAsync();
        var snapshot = await world.WithQuarantinedAsync();
        var keys = new Dictionary<Guid, PipelineKey> { [snapshot.PipelineId] = OperationWorld.Key };
        var keeper = new SnapshotKeeper(world.Snapshots, world.Service, world.Time);
        var path = (string)world.Cluster.Find("FlinkStateSnapshot", snapshot.ObjectName!)!["status"]!["path"]!;
        world.Cluster.Find("FlinkStateSnapshot", snapshot.ObjectName!)!["status"]!["path"] = "file:/savepoints/other";

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => keeper.DisposeAsync(keys, 10, Token), Token)));
        await world.WorkAsync();
        (await DisposalsAsync(world)).Single().State.ShouldBe(OperationState.Failed);

        world.Cluster.Find("FlinkStateSnapshot", snapshot.ObjectName!)!["status"]!["path"] = path;
        await world.Snapshots.ChangeAsync(snapshot.Id, s => s with { TryAfter = null }, Token);
        await keeper.DisposeAsync(keys, 10, Token);
        (await world.Snapshots.FindAsync(snapshot.Id, Token))!.ShouldSatisfyAllConditions(s => s.State.ShouldBe(SnapshotState.Quarantined), s => s.Note.ShouldContain("did not succeed"));
        await world.Snapshots.ChangeAsync(snapshot.Id, s => s with { TryAfter = null }, Token);
        await keeper.DisposeAsync(keys, 10, Token);
        await world.WorkAsync();

        (await DisposalsAsync(world)).Count.ShouldBe(2);
        world.Snapshots.States.ShouldBe("Disposed, Available");
        world.Cluster.Disposed.ShouldBe([snapshot.Path]);
    }

    [Fact]
    public async Task Keeper_RuleLetsGo_QuarantinesAndLeavesAloneWhatWasBroughtBack()
    {
        var world = await new OperationWorld().WithPipelineAsync();
        var snapshot = await world.WithQuarantinedAsync();
        await world.Snapshots.ChangeAsync(snapshot.Id, s => s with { State = SnapshotState.Available }, Token);
        var keeper = new SnapshotKeeper(world.Snapshots, world.Service, world.Time);
        var policy = await world.Snapshots.ChangePolicyAsync(snapshot.PipelineId, p => p with { Retention = new RetentionRule(1, null, false, TimeSpan.FromHours(24)) }, Token);
        var resource = new FlinkObject(world.Cluster.Find("FlinkDeployment", "order-totals")!).Record;

        (await keeper.RetainAsync(policy, OperationWorld.Key, resource, Token)).ShouldBe(1);
        (await world.Snapshots.FindAsync(snapshot.Id, Token))!.ShouldSatisfyAllConditions(
            s => s.State.ShouldBe(SnapshotState.Quarantined), s => s.QuarantinedBy.ShouldBe("retention"), s => (s.QuarantineUntil - world.Time.GetUtcNow()).ShouldNotBeNull().TotalHours.ShouldBeGreaterThan(20));
        (await world.Snapshots.DueForDisposalAsync(world.Time.GetUtcNow(), 10, Token)).ShouldBeEmpty();

        await world.Snapshots.ChangeAsync(snapshot.Id, s => s with { State = SnapshotState.Available, Held = true }, Token);
        (await keeper.RetainAsync(policy, OperationWorld.Key, resource, Token)).ShouldBe(0);
    }

    private static OperationRequest Request(Snapshot snapshot) => OperationWorld.Request(OperationKind.DisposeSnapshot) with { SnapshotPath = snapshot.Path };

    private static async Task<string> RefusedAsync(OperationWorld world, OperationRequest request) =>
        (await Should.ThrowAsync<OperationRefusedException>(() => world.StartAsync(request))).Message;

    private static async Task<IReadOnlyList<Operation>> DisposalsAsync(OperationWorld world) =>
        [.. (await world.Store.ListAsync(OperationWorld.Key, 100, Token)).Where(o => o.Kind == OperationKind.DisposeSnapshot)];
}
