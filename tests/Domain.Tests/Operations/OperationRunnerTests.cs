using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Domain.Access;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Operations;
using Xunit;

namespace Sluice.Domain.Tests.Operations;

public sealed class OperationRunnerTests
{
    private static readonly Actor Demo = new("demo");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task StartAsync_WhileAnotherIsActive_RefusesWithItsId()
    {
        var world = await new OperationWorld().WithPipelineAsync();
        var first = await world.StartAsync(OperationKind.Savepoint);

        var refused = await Should.ThrowAsync<OperationRefusedException>(() => world.StartAsync(OperationKind.Suspend));

        refused.ActiveOperation.ShouldBe(first.Id);
    }

    [Fact]
    public async Task Suspend_OfAnUnregisteredDeployment_IsRefused()
    {
        var world = await new OperationWorld().WithPipelineAsync();
        await world.Pipelines.RetireAsync((await world.Pipelines.AllAsync(Token))[0].Id, Token);

        var refused = await Should.ThrowAsync<OperationRefusedException>(() => world.StartAsync(OperationKind.Suspend));

        refused.Problems.ShouldHaveSingleItem().ShouldContain("Adopt it first");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Suspend_ThenResume_ContinuesFromTheSavepointAndPutsTheModeBack(bool snapshots)
    {
        var world = await new OperationWorld(snapshots).WithPipelineAsync(suspended: true);

        var resumed = await world.RunAsync(OperationKind.Resume);

        resumed.State.ShouldBe(OperationState.Succeeded, resumed.Message);
        resumed.Message.ShouldContain("order-totals-stop-1");
        var job = world.Cluster.Find("FlinkDeployment", "order-totals")!["spec"]!["job"]!;
        ((string?)job["upgradeMode"]).ShouldBe("last-state");
        world.Cluster.Job("order-totals").State.ShouldBe("RUNNING");
    }

    [Fact]
    public async Task Resume_FromAnotherSnapshot_FailsAndSaysBoth()
    {
        var world = await new OperationWorld().WithPipelineAsync(suspended: true);
        world.Cluster.RestoreFrom = "file:/savepoints/other";

        var resumed = await world.RunAsync(OperationKind.Resume);

        resumed.State.ShouldBe(OperationState.Failed);
        resumed.Message.ShouldContain("file:///savepoints/other and not from file:/savepoints/order-totals-stop-1");
    }

    [Fact]
    public async Task Suspend_WithTheOperatorStopped_SaysSoAndWaitsForAPerson()
    {
        var world = await new OperationWorld().WithPipelineAsync();
        world.Cluster.OperatorRuns = false;

        var suspended = await world.RunAsync(OperationKind.Suspend);

        suspended.State.ShouldBe(OperationState.Waiting);
        suspended.Message.ShouldContain("The operator has not answered for 60 s; is it running?");
    }

    [Fact]
    public async Task Retry_AfterTheOperatorCameBack_EndsWell()
    {
        var world = await new OperationWorld().WithPipelineAsync();
        world.Cluster.OperatorRuns = false;
        var suspended = await world.RunAsync(OperationKind.Suspend);
        world.Cluster.OperatorRuns = true;

        await world.Service.RetryAsync(suspended.Id, Demo, Token);
        await world.WorkAsync();

        (await world.FindAsync(suspended.Id)).State.ShouldBe(OperationState.Succeeded);
        world.Cluster.StopSavepoints.ShouldBe(1);
    }

    [Fact]
    public async Task Suspend_WhoseSavepointKeepsFailing_CanBeTakenBack()
    {
        var world = await new OperationWorld().WithPipelineAsync();
        world.Cluster.StopError = "the directory cannot be written";
        var suspended = await world.RunAsync(OperationKind.Suspend);
        suspended.State.ShouldBe(OperationState.Waiting);
        suspended.Message.ShouldContain("the directory cannot be written");

        await world.Service.CancelAsync(suspended.Id, Demo, Token);
        await world.WorkAsync();

        (await world.FindAsync(suspended.Id)).State.ShouldBe(OperationState.Cancelled);
        ((string?)world.Cluster.Find("FlinkDeployment", "order-totals")!["spec"]!["job"]!["state"]).ShouldBe("running");
        world.Cluster.Job("order-totals").State.ShouldBe("RUNNING");
    }

    [Fact]
    public async Task Savepoint_ThatFailed_IsTakenAnewUnderAnotherNameOnRetry()
    {
        var world = await new OperationWorld().WithPipelineAsync();
        world.Cluster.FailSavepoints = 1;
        var operation = await world.RunAsync(OperationKind.Savepoint);
        operation.State.ShouldBe(OperationState.Waiting);
        operation.Message.ShouldContain("the directory cannot be written");

        await world.Service.RetryAsync(operation.Id, Demo, Token);
        await world.WorkAsync();

        (await world.FindAsync(operation.Id)).State.ShouldBe(OperationState.Succeeded);
        world.Cluster.Find("FlinkStateSnapshot", OperationNames.Snapshot(operation.Id, 2)).ShouldNotBeNull();
        world.Cluster.ManualSavepoints.ShouldBe(1);
    }

    [Fact]
    public async Task Upgrade_WithFaultsOfTheNetwork_GoesOn()
    {
        var world = await new OperationWorld().WithPipelineAsync();
        var operation = await world.StartAsync(OperationKind.Upgrade, OperationWorld.Manifest("flink:1.19.4"));
        world.Cluster.Faults.Enqueue(new KubernetesException(KubernetesError.Unreachable, "no route"));
        world.Cluster.Faults.Enqueue(new KubernetesException(KubernetesError.Server, "500", 500));

        await world.WorkAsync();

        var ended = await world.FindAsync(operation.Id);
        ended.State.ShouldBe(OperationState.Succeeded, ended.Message);
        ended.Steps[0].Evidence.Select(e => e.Text).ShouldContain("no route");
    }

    [Fact]
    public async Task Upgrade_AfterAForeignChange_FailsWithoutWriting()
    {
        var world = await new OperationWorld().WithPipelineAsync();
        var operation = await world.StartAsync(OperationKind.Upgrade, OperationWorld.Manifest("flink:1.19.4"));
        await world.Cluster.PatchAsync(KubernetesResource.FlinkDeployments, "team-orders", "order-totals",
            new KubernetesPatch(KubernetesPatchType.Merge, new JsonObject { ["spec"] = new JsonObject { ["job"] = new JsonObject { ["parallelism"] = 3 } } }), new KubernetesWrite(), Token);

        await world.WorkAsync();

        var ended = await world.FindAsync(operation.Id);
        ended.State.ShouldBe(OperationState.Failed);
        ended.Message.ShouldContain("Someone changed the deployment's spec");
        world.Pipelines.Revisions.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Upgrade_ThatCannotStart_EndsWithTheCause()
    {
        var world = await new OperationWorld().WithPipelineAsync();
        world.Cluster.StartError = """{"type":"x.DeploymentFailedException","message":"Back-off pulling image \"flink:none\"","additionalMetadata":{"reason":"ImagePullBackOff"}}""";

        var ended = await world.RunAsync(OperationKind.Upgrade, OperationWorld.Manifest("flink:none"));

        ended.State.ShouldBe(OperationState.Failed);
        ended.Message.ShouldContain("ImagePullBackOff: Back-off pulling image");
    }

    [Fact]
    public async Task Upgrade_OfAnOperatorKeyOnly_DoesNotRestart()
    {
        var world = await new OperationWorld().WithPipelineAsync();

        var ended = await world.RunAsync(OperationKind.Upgrade, OperationWorld.Manifest(extra: "    kubernetes.operator.periodic.savepoint.interval: 6h"));

        ended.State.ShouldBe(OperationState.Succeeded, ended.Message);
        world.Cluster.Starts.ShouldBe(1);
        world.Cluster.StopSavepoints.ShouldBe(0);
        world.Pipelines.Revisions.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Delete_HeldUpByAFinalizer_NamesIt()
    {
        var world = await new OperationWorld().WithPipelineAsync();
        world.Cluster.DeletionHangs = true;

        var ended = await world.RunAsync(OperationKind.Delete, savepointBeforeDelete: false);

        ended.State.ShouldBe(OperationState.Waiting);
        ended.Message.ShouldContain("flinkdeployments.flink.apache.org/finalizer");
    }

    [Fact]
    public async Task Deploy_ThatNamesASecret_KeepsItOutOfTheEvidence()
    {
        var world = new OperationWorld();

        var ended = await world.RunAsync(OperationKind.Deploy, OperationWorld.Manifest(extra: "    s3.secret-key: hunter2hunter2"));

        ended.State.ShouldBe(OperationState.Succeeded, ended.Message);
        ended.Steps.SelectMany(s => s.Evidence).ShouldContain(e => e.Text.Contains("s3.secret-key", StringComparison.Ordinal));
        ended.Steps.SelectMany(s => s.Evidence).ShouldAllBe(e => !e.Text.Contains("hunter2", StringComparison.Ordinal));
    }

    [Fact]
    public async Task RunAsync_AfterATakeover_StopsTheFirst()
    {
        var world = await new OperationWorld().WithPipelineAsync();
        world.Cluster.OperatorRuns = false;
        var operation = await world.StartAsync(OperationKind.Suspend);
        var first = world.WorkAsync();
        await Testing.Until.TrueAsync(async () => (await world.FindAsync(operation.Id)).Steps[2].State == StepState.Running, "the wait for the operator");

        world.Cluster.OperatorRuns = true;
        await world.WorkAsync();

        await Should.ThrowAsync<FencedOutException>(() => first);
        (await world.FindAsync(operation.Id)).State.ShouldBe(OperationState.Succeeded);
        world.Cluster.Patches.Count(p => (string?)p["spec"]?["job"]?["state"] == "suspended").ShouldBe(1);
    }

    [Fact]
    public async Task WatchAsync_FollowsToTheEnd()
    {
        var world = await new OperationWorld().WithPipelineAsync();
        var operation = await world.StartAsync(OperationKind.Savepoint);
        var work = world.WorkAsync();

        var seen = await world.Service.WatchAsync(operation.Id, Token).ToListAsync(Token);
        await work;

        seen[^1].State.ShouldBe(OperationState.Succeeded);
        seen[^1].Message.ShouldContain($"file:/savepoints/{OperationNames.Snapshot(operation.Id, 1)}");
    }
}
