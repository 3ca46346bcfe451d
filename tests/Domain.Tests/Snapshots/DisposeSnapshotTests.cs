using Shouldly;
using Sluice.Domain.Access;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Operations;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Snapshots;
using Sluice.Domain.Tests.Operations;
using Sluice.Domain.Tests.Pipelines;
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
    public async Task Start_AnotherDeploymentStartsFromIt_IsRefusedAndNamesIt()
    {
        var world = await new OperationWorld().WithPipelineAsync();
        var snapshot = await world.WithQuarantinedAsync();
        var feed = new FakeFeed();
        var fork = new FlinkResourceRecord { ObjectKey = new ObjectKey("team-orders", "fork"), Uid = "2", ResourceVersion = "1", Resource = FlinkResource.Deployment, InitialSavepointPath = snapshot.Path };
        feed.Set(new ReflectorState(ReflectorPhase.Synced, world.Time.GetUtcNow()), fork);
        world.Deployments = feed;

        (await RefusedAsync(world, Request(snapshot))).ShouldContain("west/team-orders/fork names it");

        feed.Change(fork with { InitialSavepointPath = null });
        (await world.RunAsync(Request(snapshot))).State.ShouldBe(OperationState.Succeeded);
    }

    [Fact]
    public async Task Start_FromASnapshotThatIsLeaving_IsRefusedAndFromOneBroughtBackKeepsItsDisposalOut()
    {
        var world = await new OperationWorld().WithPipelineAsync();
        var snapshot = await world.WithQuarantinedAsync();
        var redeploy = OperationWorld.Request(OperationKind.Redeploy) with { SnapshotPath = snapshot.Path, AllowNonRestoredState = true };
        var fork = OperationWorld.Request(OperationKind.Fork) with { Pipeline = OperationWorld.Key with { Name = "order-totals-fork" }, Source = OperationWorld.Key, SnapshotPath = snapshot.Path };
        foreach (var (state, says) in new[] { (SnapshotState.Quarantined, "Bring it back first"), (SnapshotState.Disposing, "part of its data may be gone"), (SnapshotState.Disposed, "its data is gone") })
        {
            await world.Snapshots.ChangeAsync(snapshot.Id, s => s with { State = state }, Token);
            (await RefusedAsync(world, redeploy)).ShouldContain(says);
            (await RefusedAsync(world, fork)).ShouldContain(says);
        }

        // A fork is another pipeline's operation: it alone would not keep those of this one out.
        await world.Snapshots.ChangeAsync(snapshot.Id, s => s with { State = SnapshotState.Available }, Token);
        await world.StartAsync(fork);
        await world.Snapshots.ChangeAsync(snapshot.Id, s => s with { State = SnapshotState.Quarantined }, Token);
        (await RefusedAsync(world, Request(snapshot))).ShouldContain("order-totals-fork is being started from it");
    }

    [Fact]
    public async Task Run_FlinkCannotDispose_EndsAndKeepsNoOtherOperationOut()
    {
        var world = await new OperationWorld(snapshots: false).WithPipelineAsync();
        var snapshot = await world.WithQuarantinedAsync();
        world.Cluster.DisposalError = "java.io.IOException: the bucket is read-only";

        var failed = await world.RunAsync(Request(snapshot));

        failed.State.ShouldBe(OperationState.Failed);
        failed.Message.ShouldContain("the bucket is read-only");
        world.Snapshots.States.ShouldBe("Disposing, Available");
        (await world.RunAsync(OperationKind.Suspend)).State.ShouldBe(OperationState.Succeeded);
    }

    [Fact]
    public async Task Run_ObjectStandsForAnotherByNow_LeavesItAloneAndAsksTheJobManager()
    {
        var world = await new OperationWorld().WithPipelineAsync();
        var snapshot = await world.WithQuarantinedAsync();
        world.Cluster.Find("FlinkStateSnapshot", snapshot.ObjectName!)!["status"]!["path"] = "file:/savepoints/other";

        var operation = await world.RunAsync(Request(snapshot));

        operation.State.ShouldBe(OperationState.Succeeded, operation.Message);
        world.Cluster.Find("FlinkStateSnapshot", snapshot.ObjectName!).ShouldNotBeNull();
        world.Cluster.Disposed.ShouldBe([snapshot.Path]);
    }

    [Fact]
    public async Task Keeper_QuarantineEnded_StartsOneDisposalAndTriesFailedOnesAgain()
    {
        var world = await new OperationWorld(snapshots: false).WithPipelineAsync();
        var snapshot = await world.WithQuarantinedAsync();
        var keys = new Dictionary<Guid, PipelineKey> { [snapshot.PipelineId] = OperationWorld.Key };
        var keeper = new SnapshotKeeper(world.Snapshots, world.Service, world.Time);
        world.Cluster.DisposalError = "java.io.IOException: the bucket is read-only";

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => keeper.DisposeAsync(keys, 10, Token), Token)));
        await world.WorkAsync();
        (await DisposalsAsync(world)).Single().State.ShouldBe(OperationState.Failed);

        world.Cluster.DisposalError = null;
        await world.Snapshots.ChangeAsync(snapshot.Id, s => s with { TryAfter = null }, Token);
        await keeper.DisposeAsync(keys, 10, Token);
        (await world.Snapshots.FindAsync(snapshot.Id, Token))!.ShouldSatisfyAllConditions(s => s.State.ShouldBe(SnapshotState.Disposing), s => s.Note.ShouldContain("did not succeed"));
        await world.Snapshots.ChangeAsync(snapshot.Id, s => s with { TryAfter = null }, Token);
        await keeper.DisposeAsync(keys, 10, Token);
        await world.WorkAsync();

        (await DisposalsAsync(world)).Count.ShouldBe(2);
        world.Snapshots.States.ShouldBe("Disposed, Available");
        world.Cluster.Disposed.ShouldBe([snapshot.Path]);
    }

    [Fact]
    public async Task Keeper_DisposalFailed_IsHurriedOrNotedAsRemovedByHand()
    {
        var world = await new OperationWorld(snapshots: false).WithPipelineAsync();
        var snapshot = await world.WithQuarantinedAsync();
        var keys = new Dictionary<Guid, PipelineKey> { [snapshot.PipelineId] = OperationWorld.Key };
        var keeper = new SnapshotKeeper(world.Snapshots, world.Service, world.Time);
        world.Cluster.DisposalError = "java.io.IOException: the bucket is read-only";
        (await Should.ThrowAsync<SnapshotRefusedException>(() => keeper.RemovedAsync(snapshot.Id, new Actor("kim"), Token))).Message.ShouldContain("has not begun");

        await keeper.DisposeAsync(keys, 10, Token);
        (await Should.ThrowAsync<SnapshotRefusedException>(() => keeper.HurryAsync(snapshot.Id, Token))).Message.ShouldContain("goes on");
        await world.WorkAsync();
        await keeper.HurryAsync(snapshot.Id, Token);
        await keeper.DisposeAsync(keys, 10, Token);
        await world.WorkAsync();
        (await DisposalsAsync(world)).Select(o => o.State).ShouldBe([OperationState.Failed, OperationState.Failed]);

        // Each that waits is tried again later and not at each look, also where it cannot even be begun.
        await keeper.HurryAsync(snapshot.Id, Token);
        (await world.RunAsync(OperationKind.Suspend)).State.ShouldBe(OperationState.Succeeded);
        await keeper.DisposeAsync(keys, 10, Token);
        (await world.Snapshots.FindAsync(snapshot.Id, Token))!.ShouldSatisfyAllConditions(s => s.State.ShouldBe(SnapshotState.Disposing), s => s.Note.ShouldContain("only a running job can dispose"), s => s.TryAfter.ShouldNotBeNull());
        (await world.Snapshots.DueForDisposalAsync(world.Time.GetUtcNow(), 10, Token)).ShouldBeEmpty();

        (await keeper.RemovedAsync(snapshot.Id, new Actor("kim"), Token))!.ShouldSatisfyAllConditions(s => s.State.ShouldBe(SnapshotState.Disposed), s => s.Note.ShouldContain("kim"), s => s.EndedAt.ShouldNotBeNull());
        (await Should.ThrowAsync<SnapshotRefusedException>(() => keeper.HurryAsync(snapshot.Id, Token))).Message.ShouldContain("not due");
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
