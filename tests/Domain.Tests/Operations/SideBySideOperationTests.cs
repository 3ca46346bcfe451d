using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Domain.Access;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Operations;
using Sluice.Domain.Operations.Planning;
using Sluice.Domain.Pipelines;
using Xunit;

namespace Sluice.Domain.Tests.Operations;

/// <summary>A new version beside the old one, which goes only when the new one has been seen to run.</summary>
public sealed class SideBySideOperationTests
{
    private const string Bad = "flink:none";
    private static readonly PipelineKey New = OperationWorld.Key with { Name = "order-totals-g2" };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SideBySide_NewVersionRuns_TakesThePipelineOver(bool snapshots)
    {
        var world = await new OperationWorld(snapshots).WithPipelineAsync();
        var id = (await world.Pipelines.FindAsync(OperationWorld.Key, Token))!.Id;
        // What the operator said of another deployment that had this name once is nothing that happened now.
        await world.Cluster.CreateAsync(KubernetesResource.Events, New.Namespace, JsonNode.Parse($$"""
            {"metadata":{"name":"earlier"},"involvedObject":{"kind":"FlinkDeployment","name":"{{New.Name}}","uid":"gone"},"reason":"SpecChanged","message":"UPGRADE change(s) detected (Diff: x), starting reconciliation."}
            """)!.AsObject(), new KubernetesWrite(), Token);

        var done = await world.RunAsync(Ask());

        done.State.ShouldBe(OperationState.Succeeded, done.Message);
        (world.Cluster.ManualSavepoints, world.Cluster.StopSavepoints, world.Cluster.Starts).ShouldBe((1, 1, 2));
        world.Cluster.Find("FlinkDeployment", OperationWorld.Key.Name).ShouldBeNull("the old one is gone");
        world.Cluster.Job(New.Name).State.ShouldBe("RUNNING");
        var path = world.Cluster.Job(New.Name).RestoredFrom.ShouldNotBeNull();
        done.Message.ShouldStartWith($"order-totals-g2 runs from {path}, in the place of order-totals. Stopped with savepoint");
        done.Message.ShouldContain("Both ran for about");
        (await world.Pipelines.FindAsync(OperationWorld.Key, Token)).ShouldBeNull();
        (await world.Pipelines.FindAsync(New, Token))!.Id.ShouldBe(id);
        (await world.Pipelines.RevisionsAsync(id, Token)).Select(r => r.Number).ShouldBe([2, 1]);
        var revision = (await world.Pipelines.RevisionsAsync(id, Token))[0].Manifest;
        revision.ShouldContain("name: order-totals-g2");
        revision.ShouldNotContain("initialSavepointPath");
        var annotations = world.Cluster.Find("FlinkDeployment", New.Name)!["metadata"]!["annotations"]!;
        ((string?)annotations[OperationNames.PipelineAnnotation], (string?)annotations[OperationNames.ReplacesAnnotation]).ShouldBe((id.ToString(), "order-totals"));
        (done.Plan!.Classification!.Effect, done.Outcome!.Effect).ShouldBe((JobEffect.IsReplaced, JobEffect.IsReplaced));
        (done.Outcome.RestoredFrom, done.Outcome.Pause).ShouldBe((path.Replace("file:/", "file:///", StringComparison.Ordinal), null));
        done.Outcome.Disagreements.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SideBySide_NewVersionDoesNotStart_IsTakenAwayAndTheOldOneIsNotTouched(bool snapshots)
    {
        var world = await new OperationWorld(snapshots).WithPipelineAsync();
        world.Cluster.BadImage = Bad;
        var started = world.Cluster.Starts;

        var failed = await world.RunAsync(Ask(Bad));

        failed.State.ShouldBe(OperationState.Failed);
        failed.Message.ShouldStartWith("The new version did not start: ErrImagePull. It was taken away again. The old one was never stopped and runs on");
        await UntouchedAsync(world, started);
        failed.Outcome!.Effect.ShouldBe(JobEffect.KeepsRunning);
    }

    [Fact]
    public async Task SideBySide_NewVersionsTasksFailAtEachStart_IsTakenAway()
    {
        var world = await new OperationWorld().WithPipelineAsync();
        world.Cluster.CrashingImage = Bad;

        (await world.RunAsync(Ask(Bad))).Message.ShouldContain("its tasks failed 3 times since the start");

        world.Cluster.Find("FlinkDeployment", New.Name).ShouldBeNull();
        world.Cluster.StopSavepoints.ShouldBe(0);
    }

    [Fact]
    public async Task SideBySide_RestoredFromAnotherSnapshot_IsTakenAway()
    {
        var world = await new OperationWorld().WithPipelineAsync();
        world.Cluster.RestoreFrom = "file:/savepoints/another";

        var failed = await world.RunAsync(Ask());

        failed.State.ShouldBe(OperationState.Failed);
        failed.Message.ShouldContain("it was restored from file:///savepoints/another and not from");
        await UntouchedAsync(world, 1, ran: true);
    }

    [Theory]
    [InlineData("await-running:Before")]
    [InlineData("verify:Before")]
    [InlineData("stop:Before")]
    public async Task SideBySide_CalledOff_TakesTheNewVersionAwayAndTheOldOneRunsOn(string at)
    {
        var world = await new OperationWorld().WithPipelineAsync();
        var operation = await world.StartAsync(Ask());
        await world.WorkAsync(new Kill(at));
        await world.Service.CancelAsync(operation.Id, new Actor("demo"), Token);
        await world.WorkAsync();

        var ended = await world.FindAsync(operation.Id);

        ended.State.ShouldBe(OperationState.Cancelled, ended.Message);
        ended.Message.ShouldContain("The new version is taken away; the old one runs on.");
        await Task.WhenAny(Task.Delay(TimeSpan.FromMinutes(1), world.Time, Token));
        (await world.Service.PlanAsync(OperationWorld.Request(OperationKind.Restart), Token)).Problems.ShouldBeEmpty();
        world.Cluster.Job(OperationWorld.Key.Name).State.ShouldBe("RUNNING");
        world.Cluster.Find("FlinkDeployment", New.Name).ShouldBeNull();
    }

    [Fact]
    public async Task SideBySide_CalledOffAfterTheOldOneStopped_KeepsTheNewOneAndWaits()
    {
        var world = await new OperationWorld().WithPipelineAsync();
        var operation = await world.StartAsync(Ask());
        await world.WorkAsync(new Kill("await-stopped:Before"));
        await world.Service.CancelAsync(operation.Id, new Actor("demo"), Token);
        await world.WorkAsync();

        var waiting = await world.FindAsync(operation.Id);

        waiting.State.ShouldBe(OperationState.Waiting);
        waiting.Message.ShouldContain("order-totals does not run any more, so order-totals-g2 is not taken away.");
        await world.Service.RetryAsync(operation.Id, new Actor("demo"), Token);
        await world.WorkAsync();
        (await world.FindAsync(operation.Id)).State.ShouldBe(OperationState.Succeeded);
    }

    [Fact]
    public async Task SideBySide_OldVersionCannotBeStopped_WaitsWithBothRunning()
    {
        var world = await new OperationWorld().WithPipelineAsync();
        world.Cluster.StopError = "the directory cannot be written";

        var waiting = await world.RunAsync(Ask());

        waiting.State.ShouldBe(OperationState.Waiting, waiting.Message);
        waiting.Message.ShouldContain("the directory cannot be written");
        world.Cluster.StopError = null;
        await world.Service.RetryAsync(waiting.Id, new Actor("demo"), Token);
        await world.WorkAsync();
        (await world.FindAsync(waiting.Id)).State.ShouldBe(OperationState.Succeeded);
    }

    [Fact]
    public async Task SideBySide_WhileItRuns_HoldsBothAddresses()
    {
        var world = await new OperationWorld().WithPipelineAsync();
        var operation = await world.StartAsync(Ask());
        await world.WorkAsync(new Kill("verify:Before"));
        await world.Service.RefreshActiveAsync(Token);

        (world.Service.Active[OperationWorld.Key].Phase, world.Service.Active[New].Phase).ShouldBe((PipelinePhase.Upgrading, PipelinePhase.Deploying));
        (await Should.ThrowAsync<OperationRefusedException>(() => world.StartAsync(OperationWorld.Request(OperationKind.Fork) with { Pipeline = New, Source = OperationWorld.Key }))).ActiveOperation.ShouldBe(operation.Id);
    }

    [Fact]
    public async Task Plan_OfASideBySideUpgrade_SaysWhatBothDoAtOnceAndWhatChangesItsName()
    {
        var world = await new OperationWorld().WithPipelineAsync();

        var plan = await world.Service.PlanAsync(Ask(), Token);

        plan.Problems.ShouldBeEmpty();
        plan.Change.ShouldContain("+  name: order-totals-g2");
        plan.Change.ShouldContain("+  image: flink:1.19.4");
        plan.Change.ShouldContain("+    initialSavepointPath: <the new savepoint>");
        plan.Cautions[0].ShouldStartWith("From the savepoint until order-totals has stopped, both process the same records: what they write in that time is there twice.");
        plan.Cautions[^1].ShouldContain("its service is order-totals-g2-rest");
        plan.State!.Source.ShouldBe(StateSource.NewSavepoint);
        plan.Classification!.Reasons.ShouldContain(r => r.Path == "image");
        plan.Prediction!.PauseWhy.ShouldBe("None: the old one goes on until the new one runs.");
        (await world.RunAsync(Ask())).State.ShouldBe(OperationState.Succeeded);
        (await world.Service.PlanAsync(new OperationRequest(OperationKind.SideBySide, New), Token)).Change.ShouldContain("+  name: order-totals-g3");
    }

    [Theory]
    [InlineData("Totals", "“Totals” is no name for it")]
    [InlineData("order-totals", "The new version needs a name of its own.")]
    [InlineData("taken", "west/team-orders/taken is registered already.")]
    public async Task SideBySide_ToANameThatCannotBe_IsRefused(string name, string expected)
    {
        var world = await new OperationWorld().WithPipelineAsync();
        (await world.RunAsync(new OperationRequest(OperationKind.Fork, OperationWorld.Key with { Name = "taken" }) { Source = OperationWorld.Key })).State.ShouldBe(OperationState.Succeeded);

        var refused = await Should.ThrowAsync<OperationRefusedException>(() => world.StartAsync(Ask() with { Beside = name }));

        refused.Problems.ShouldContain(p => p.StartsWith(expected, StringComparison.Ordinal), string.Join("\n", refused.Problems));
    }

    [Fact]
    public async Task SideBySide_OfASuspendedPipeline_IsRefused()
    {
        var world = await new OperationWorld().WithPipelineAsync(suspended: true);

        (await Should.ThrowAsync<OperationRefusedException>(() => world.StartAsync(Ask()))).Problems.ShouldContain(p => p.EndsWith("Upgrade it with a stop instead.", StringComparison.Ordinal));
    }

    private static OperationRequest Ask(string image = "flink:1.19.4") => new(OperationKind.SideBySide, OperationWorld.Key, "test", OperationWorld.Manifest(image));

    private static async Task UntouchedAsync(OperationWorld world, int starts, bool ran = false)
    {
        world.Cluster.Find("FlinkDeployment", New.Name).ShouldBeNull("the new one is gone");
        (world.Cluster.StopSavepoints, world.Cluster.Starts).ShouldBe((0, starts + (ran ? 1 : 0)));
        world.Cluster.Job(OperationWorld.Key.Name).State.ShouldBe("RUNNING");
        world.Pipelines.Revisions.Count.ShouldBe(1);
        (await world.Pipelines.FindAsync(OperationWorld.Key, Token)).ShouldNotBeNull();
    }
}
