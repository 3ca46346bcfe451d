using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Domain.Access;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Operations;
using Xunit;

namespace Sluice.Domain.Tests.Operations;

/// <summary>What each change does with a job's state: drain, cancel, restart, redeploy, rollback, and an upgrade that goes back.</summary>
public sealed class StateOperationTests
{
    private const string DrainSwitch = "kubernetes.operator.job.drain-on-savepoint-deletion";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Drain_OfARunningJob_KeepsItsSavepointMarkedAndSwitchesDrainingOff(bool snapshots)
    {
        var world = await new OperationWorld(snapshots).WithPipelineAsync();

        var drained = await world.RunAsync(OperationKind.Drain);

        drained.State.ShouldBe(OperationState.Succeeded, drained.Message);
        world.Cluster.Drains.ShouldBe(1);
        Spec(world)["flinkConfiguration"]![DrainSwitch]!.ToString().ShouldBe("false");
        var resume = await world.Service.PlanAsync(OperationWorld.Request(OperationKind.Resume), Token);
        resume.Problems.ShouldContain(p => p.Contains("It was drained", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Drain_ThatSomeoneElseTakesBack_DoesNotLeaveTheNextUpgradeDraining()
    {
        var world = await new OperationWorld().WithPipelineAsync();
        world.Cluster.StopError = "the sink refuses";
        var drained = await world.RunAsync(OperationKind.Drain);
        drained.State.ShouldBe(OperationState.Waiting);
        drained.Message.ShouldContain("the sink refuses");

        Spec(world)["job"]!["state"] = "running";
        await world.Service.RetryAsync(drained.Id, new Actor("demo"), Token);
        await world.WorkAsync();

        (await world.FindAsync(drained.Id)).State.ShouldBe(OperationState.Failed);
        Spec(world)["flinkConfiguration"]![DrainSwitch]!.ToString().ShouldBe("false");
        world.Cluster.StopError = null;
        (await world.RunAsync(OperationKind.Upgrade, OperationWorld.Manifest("flink:1.19.4"))).State.ShouldBe(OperationState.Succeeded);
        world.Cluster.Drains.ShouldBe(0);
    }

    [Fact]
    public async Task Drain_CalledOffWhileItFails_RunsOnWithDrainingOff()
    {
        var world = await new OperationWorld().WithPipelineAsync();
        world.Cluster.StopError = "the sink refuses";
        var drained = await world.RunAsync(OperationKind.Drain);

        await world.Service.CancelAsync(drained.Id, new Actor("demo"), Token);
        await world.WorkAsync();

        (await world.FindAsync(drained.Id)).State.ShouldBe(OperationState.Cancelled);
        ((string?)Spec(world)["job"]!["state"]).ShouldBe("running");
        Spec(world)["flinkConfiguration"]![DrainSwitch]!.ToString().ShouldBe("false");
        world.Cluster.Job("order-totals").State.ShouldBe("RUNNING");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Cancel_ThenResume_ContinuesFromTheLastCheckpoint(bool snapshots)
    {
        var world = await new OperationWorld(snapshots).WithPipelineAsync();

        var cancelled = await world.RunAsync(OperationKind.Cancel);
        cancelled.State.ShouldBe(OperationState.Succeeded, cancelled.Message);
        world.Cluster.StopSavepoints.ShouldBe(0);
        var resumed = await world.RunAsync(OperationKind.Resume);

        resumed.State.ShouldBe(OperationState.Succeeded, resumed.Message);
        world.Cluster.Job("order-totals").RestoredFrom.ShouldBe("file:/checkpoints/order-totals-chk");
        ((string?)Spec(world)["job"]!["upgradeMode"]).ShouldBe("last-state");
    }

    [Fact]
    public async Task Cancel_WithItsStateGivenUp_SaysWhatIsLostFirst()
    {
        var world = await new OperationWorld().WithPipelineAsync();
        var request = OperationWorld.Request(OperationKind.Cancel) with { DiscardState = true };

        (await world.Service.PlanAsync(request, Token)).Lost.ShouldContain(l => l.Contains("The job's state", StringComparison.Ordinal));
        var cancelled = await world.RunAsync(request);

        cancelled.Message.ShouldContain("the state was given up");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Restart_OfARunningJob_StartsOnceFromTheSavepointOfTheStop(bool snapshots)
    {
        var world = await new OperationWorld(snapshots).WithPipelineAsync();

        var restarted = await world.RunAsync(OperationKind.Restart);

        restarted.State.ShouldBe(OperationState.Succeeded, restarted.Message);
        (world.Cluster.Starts, world.Cluster.StopSavepoints).ShouldBe((2, 1));
        restarted.Steps.Single(s => s.Name == "verify").Message.ShouldContain("order-totals-stop-1");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Redeploy_FromAChosenSnapshot_StartsFromItOnBothGenerations(bool snapshots)
    {
        var world = await new OperationWorld(snapshots).WithPipelineAsync();

        var redeployed = await world.RunAsync(OperationWorld.Request(OperationKind.Redeploy) with { SnapshotPath = "s3://state/savepoint-7", AllowNonRestoredState = true });

        redeployed.State.ShouldBe(OperationState.Succeeded, redeployed.Message);
        world.Cluster.Job("order-totals").RestoredFrom.ShouldBe("s3://state/savepoint-7");
        Spec(world)["job"]!["allowNonRestoredState"]!.GetValue<bool>().ShouldBeFalse();
        ((string?)Spec(world)["job"]!["upgradeMode"]).ShouldBe("last-state");
        redeployed.Steps.Single(s => s.Name == "create").State.ShouldBe(snapshots ? StepState.Skipped : StepState.Done);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("savepoint-7")]
    [InlineData("s3://state/savepoint 7")]
    public async Task Redeploy_FromSomethingThatIsNoPath_IsRefused(string? path)
    {
        var world = await new OperationWorld().WithPipelineAsync();

        var refused = await Should.ThrowAsync<OperationRefusedException>(() => world.StartAsync(OperationWorld.Request(OperationKind.Redeploy) with { SnapshotPath = path }));

        refused.Problems.ShouldHaveSingleItem().ShouldContain("path");
    }

    [Fact]
    public async Task Rollback_WithoutASnapshot_CarriesTheStateOfNow()
    {
        var world = await new OperationWorld().WithPipelineAsync();
        await world.RunAsync(OperationKind.Upgrade, OperationWorld.Manifest("flink:1.19.4"));

        var back = await world.RunAsync(OperationWorld.Request(OperationKind.Rollback) with { Revision = 1 });

        back.State.ShouldBe(OperationState.Succeeded, back.Message);
        ((string?)Spec(world)["image"]).ShouldBe("flink:1.19.3");
        world.Cluster.Job("order-totals").RestoredFrom.ShouldBe("file:/savepoints/order-totals-stop-2");
        world.Pipelines.Revisions.Count.ShouldBe(3);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Rollback_WithASnapshot_TakesTheStateBackToo(bool snapshots)
    {
        var world = await new OperationWorld(snapshots).WithPipelineAsync();
        await world.RunAsync(OperationKind.Upgrade, OperationWorld.Manifest("flink:1.19.4"));

        var back = await world.RunAsync(OperationWorld.Request(OperationKind.Rollback) with { Revision = 1, SnapshotPath = "file:/savepoints/order-totals-stop-1" });

        back.State.ShouldBe(OperationState.Succeeded, back.Message);
        ((string?)Spec(world)["image"]).ShouldBe("flink:1.19.3");
        world.Cluster.Job("order-totals").RestoredFrom.ShouldBe("file:/savepoints/order-totals-stop-1");
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public async Task Redeploy_OfAStoppedJob_PutsBackTheSpecsOwnUpgradeMode(bool snapshots, bool discard)
    {
        var world = await new OperationWorld(snapshots).WithPipelineAsync(suspended: !discard);
        if (discard) (await world.RunAsync(OperationWorld.Request(OperationKind.Cancel) with { DiscardState = true })).State.ShouldBe(OperationState.Succeeded);

        var redeployed = await world.RunAsync(OperationWorld.Request(OperationKind.Redeploy) with { SnapshotPath = "file:/savepoints/chosen" });

        redeployed.State.ShouldBe(OperationState.Succeeded, redeployed.Message);
        ((string?)Spec(world)["job"]!["upgradeMode"]).ShouldBe("last-state");
    }

    [Theory]
    [InlineData(null, "No revision is named. It has revisions 1 to 1.")]
    [InlineData(7, "There is no revision 7. It has revisions 1 to 1.")]
    public async Task Rollback_ToARevisionThatIsNot_IsRefused(int? revision, string expected)
    {
        var world = await new OperationWorld().WithPipelineAsync();

        var refused = await Should.ThrowAsync<OperationRefusedException>(() => world.StartAsync(OperationWorld.Request(OperationKind.Rollback) with { Revision = revision }));

        refused.Problems.ShouldContain(expected);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Upgrade_ToAVersionThatDoesNotStart_GoesBackWithItsState(bool snapshots)
    {
        var world = await new OperationWorld(snapshots).WithPipelineAsync();
        world.Cluster.BadImage = "flink:broken";

        var upgraded = await world.RunAsync(OperationKind.Upgrade, OperationWorld.Manifest("flink:broken"));

        upgraded.State.ShouldBe(OperationState.Failed);
        upgraded.Message.ShouldStartWith("The new version did not start: ErrImagePull");
        upgraded.Message.ShouldContain("the version before runs again from file:/savepoints/order-totals-stop-1");
        ((string?)Spec(world)["image"]).ShouldBe("flink:1.19.3");
        ((string?)Spec(world)["job"]!["upgradeMode"]).ShouldBe("last-state");
        world.Cluster.Job("order-totals").State.ShouldBe("RUNNING");
        world.Cluster.Job("order-totals").RestoredFrom.ShouldBe("file:/savepoints/order-totals-stop-1");
        world.Pipelines.Revisions.Select(r => r.Manifest).ShouldBe([OperationWorld.Manifest(), OperationWorld.Manifest("flink:broken"), OperationWorld.Manifest()]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Upgrade_ToAVersionWhoseTasksFailAgainAndAgain_GoesBackWithItsState(bool snapshots)
    {
        var world = await new OperationWorld(snapshots).WithPipelineAsync();
        world.Cluster.CrashingImage = "flink:crashes";

        var upgraded = await world.RunAsync(OperationKind.Upgrade, OperationWorld.Manifest("flink:crashes"));

        upgraded.State.ShouldBe(OperationState.Failed);
        upgraded.Message.ShouldStartWith("The new version did not start: its tasks failed 3 times since the start, last with IllegalStateException: no such table.");
        ((string?)Spec(world)["image"]).ShouldBe("flink:1.19.3");
        world.Cluster.Job("order-totals").State.ShouldBe("RUNNING");
        world.Cluster.Job("order-totals").RestoredFrom.ShouldBe("file:/savepoints/order-totals-stop-1");
    }

    [Fact]
    public async Task Upgrade_BackFromAVersionTheOperatorNeverLetsGoOf_DeletesItsJobManagerFirst()
    {
        var world = await new OperationWorld(snapshots: false).WithPipelineAsync();
        var name = new JsonObject { ["metadata"] = new JsonObject { ["name"] = "order-totals" } };
        await world.Cluster.CreateAsync(KubernetesResource.Deployments, "orders", name, new KubernetesWrite(), Token);
        (world.Cluster.JobManagerHoldsDeletion, world.Cluster.BadImage, world.Cluster.BadImageError) = (true, "flink:broken", "Checkpointing has not been enabled for this job.");

        var upgraded = await world.RunAsync(OperationKind.Upgrade, OperationWorld.Manifest("flink:broken"));

        upgraded.State.ShouldBe(OperationState.Failed);
        upgraded.Message.ShouldContain("the version before runs again from file:/savepoints/order-totals-stop-1");
        upgraded.Steps.Single(s => s.Name == "return").Evidence.ShouldContain(e => e.Text.StartsWith("DELETE deployments/order-totals", StringComparison.Ordinal));
        world.Cluster.Job("order-totals").RestoredFrom.ShouldBe("file:/savepoints/order-totals-stop-1");
    }

    [Fact]
    public async Task Upgrade_ToAVersionThatDoesNotStart_StaysWhereThatWasAskedFor()
    {
        var world = await new OperationWorld().WithPipelineAsync();
        world.Cluster.BadImage = "flink:broken";

        var upgraded = await world.RunAsync(OperationWorld.Request(OperationKind.Upgrade, OperationWorld.Manifest("flink:broken")) with { RollBackOnFailure = false });

        upgraded.State.ShouldBe(OperationState.Failed);
        upgraded.Message.ShouldStartWith("It does not start: ErrImagePull");
        ((string?)Spec(world)["image"]).ShouldBe("flink:broken");
    }

    private static JsonObject Spec(OperationWorld world) => (JsonObject)world.Cluster.Find("FlinkDeployment", "order-totals")!["spec"]!;
}
