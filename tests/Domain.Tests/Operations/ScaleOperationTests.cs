using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Domain.Access;
using Sluice.Domain.Operations;
using Sluice.Domain.Operations.Planning;
using Xunit;

namespace Sluice.Domain.Tests.Operations;

/// <summary>Another parallelism: in place, by a restart, reactive, and what is refused.</summary>
public sealed class ScaleOperationTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Scale_OfTheWholeJob_RestartsFromASavepointAndIsCompared(bool snapshots)
    {
        var world = await new OperationWorld(snapshots).WithScalablePipelineAsync("default");

        var scaled = await world.RunAsync(Ask(new ScaleTarget { Parallelism = 4 }));

        scaled.State.ShouldBe(OperationState.Succeeded, scaled.Message);
        (world.Cluster.Starts, world.Cluster.StopSavepoints).ShouldBe((2, 1));
        scaled.Plan!.Scaling!.Way.ShouldBe(ScaleWay.Redeploy);
        scaled.Plan.Scaling.Slots.Needed.ShouldBe(4);
        scaled.Steps.Single(s => s.Name == "verify").Message.ShouldContain("order-totals-stop-1");
        scaled.Message.ShouldBe("The JobManager says: source 4, totals 4.");
        scaled.Outcome!.Vertices!.Select(v => (v.Predicted, v.Real)).ShouldBe([(4, 4), (4, 4)]);
        ((string?)Spec(world)["job"]!["upgradeMode"]).ShouldBe("last-state");
        world.Pipelines.Revisions[^1].Manifest.ShouldBe(world.Pipelines.Revisions[0].Manifest.Replace("parallelism: 2", "parallelism: 4", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Scale_OfAVertexUnderTheAdaptiveScheduler_RestartsNothing(bool snapshots)
    {
        var world = await new OperationWorld(snapshots).WithScalablePipelineAsync();

        var scaled = await world.RunAsync(Ask(Totals(4)));

        scaled.State.ShouldBe(OperationState.Succeeded, scaled.Message);
        (world.Cluster.Starts, world.Cluster.StopSavepoints, world.Cluster.Job("order-totals").Scalings).ShouldBe((1, 0, 1));
        (scaled.Plan!.Scaling!.Way, scaled.Plan.Restart).ShouldBe((ScaleWay.InPlace, false));
        scaled.Plan.Scaling.Vertices.Select(v => (v.Name, v.Now, v.After)).ShouldBe([("source", 2, 2), ("totals", 2, 4)]);
        scaled.Steps.Where(s => s.State == StepState.Skipped).Select(s => s.Name).ShouldContain("await-stopped");
        scaled.Outcome!.Effect.ShouldBe(JobEffect.KeepsRunning);
        scaled.Outcome.Disagreements.ShouldAllBe(d => d.StartsWith("The operator:", StringComparison.Ordinal));
        world.Pipelines.Revisions[^1].Manifest.ShouldContain($"{FakeJob.Totals}:4");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Scale_ThatTheJobManagerRefuses_IsFollowedThroughTheRestart(bool snapshots)
    {
        var world = await new OperationWorld(snapshots).WithScalablePipelineAsync();
        world.Cluster.RefusesScaling = true;

        var scaled = await world.RunAsync(Ask(Totals(4)));

        scaled.State.ShouldBe(OperationState.Succeeded, scaled.Message);
        (world.Cluster.Starts, world.Cluster.StopSavepoints).ShouldBe((2, 1));
        scaled.Steps.Single(s => s.Name == "verify").Message.ShouldContain("order-totals-stop-1");
        scaled.Outcome!.Disagreements.ShouldContain("The job: no restart was predicted, a restart happened.");
    }

    [Fact]
    public async Task Scale_WithTooFewSlots_WaitsForAPersonAndGoesOn()
    {
        var world = await new OperationWorld().WithScalablePipelineAsync();
        world.Cluster.MostSubtasks = 3;

        var scaled = await world.RunAsync(Ask(Totals(4)));
        scaled.State.ShouldBe(OperationState.Waiting);
        scaled.Message.ShouldContain("totals runs with 3 of 4 subtasks");

        world.Cluster.MostSubtasks = 4;
        await world.Service.RetryAsync(scaled.Id, new Actor("demo"), Token);
        await world.WorkAsync();
        (await world.FindAsync(scaled.Id)).State.ShouldBe(OperationState.Succeeded);
        world.Cluster.Job("order-totals").Scalings.ShouldBe(1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Scale_ToWhatDoesNotStart_GoesBackWithItsState(bool snapshots)
    {
        var world = await new OperationWorld(snapshots).WithScalablePipelineAsync();
        world.Cluster.BadParallelism = 4;

        var scaled = await world.RunAsync(Ask(new ScaleTarget { Parallelism = 4 }));

        scaled.State.ShouldBe(OperationState.Failed);
        scaled.Message.ShouldStartWith("The job did not start with the new parallelism: no slots");
        scaled.Message.ShouldContain("it runs as before from file:/savepoints/order-totals-stop-1");
        Spec(world)["job"]!["parallelism"]!.GetValue<int>().ShouldBe(2);
        world.Cluster.Job("order-totals").RestoredFrom.ShouldBe("file:/savepoints/order-totals-stop-1");
        world.Pipelines.Revisions.Count.ShouldBe(3);
    }

    [Fact]
    public async Task Scale_OfASuspendedPipeline_CountsFromItsNextStart()
    {
        var world = await new OperationWorld().WithPipelineAsync(suspended: true);

        var scaled = await world.RunAsync(Ask(new ScaleTarget { Parallelism = 4 }));

        scaled.State.ShouldBe(OperationState.Succeeded, scaled.Message);
        scaled.Plan!.Scaling!.Way.ShouldBe(ScaleWay.NextStart);
        world.Cluster.Starts.ShouldBe(1);
        Spec(world)["job"]!["parallelism"]!.GetValue<int>().ShouldBe(4);
    }

    [Fact]
    public async Task Scale_OfOneVertexThatTheProgramFixes_LeavesItAndIsContent()
    {
        var world = await new OperationWorld().WithScalablePipelineAsync("default");
        (await world.RunAsync(Ask(Totals(2)))).State.ShouldBe(OperationState.Succeeded);

        var scaled = await world.RunAsync(Ask(new ScaleTarget { Parallelism = 3 }));

        scaled.Message.ShouldBe("The JobManager says: source 3, totals 2.");
        scaled.Plan!.Cautions.ShouldContain("“totals” (2) keeps its own parallelism. Name it among the vertices to change that.");
    }

    [Fact]
    public async Task Plan_OfAReactiveCluster_SaysThatTaskManagersCome()
    {
        var world = new OperationWorld();
        var manifest = OperationWorld.Manifest(extra: "    scheduler-mode: reactive\n    taskmanager.numberOfTaskSlots: 2").Replace("spec:\n", "spec:\n  mode: standalone\n", StringComparison.Ordinal);
        (await world.RunAsync(OperationKind.Deploy, manifest)).State.ShouldBe(OperationState.Succeeded);

        var plan = await world.Service.PlanAsync(Ask(new ScaleTarget { TaskManagers = 3 }), Token);

        plan.Scaling!.Way.ShouldBe(ScaleWay.Reactive);
        (plan.Scaling.ParallelismAfter, plan.Scaling.Slots.Needed, plan.Scaling.Slots.TaskManagersAfter).ShouldBe((6, 6, 3));
        plan.Restart.ShouldBeFalse();
        plan.Classification!.OperatorTerm.ShouldBe("SCALE");
        plan.Cautions.ShouldContain(c => c.Contains("taskManager.replicas × slots is the parallelism", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Scale_WhileItRunsWithoutACheckpoint_IsRefusedBecauseTheTasksWouldBeginEmpty()
    {
        var world = await new OperationWorld().WithScalablePipelineAsync();
        world.Cluster.HasCheckpoint = false;

        (await world.Service.PlanAsync(Ask(Totals(4)), Token)).Problems.ShouldHaveSingleItem().ShouldStartWith("No checkpoint has completed yet");
        (await world.Service.PlanAsync(Ask(new ScaleTarget { Parallelism = 4 }), Token)).Problems.ShouldBeEmpty();
    }

    public static TheoryData<ScaleTarget, string> Refused() => new()
    {
        { new ScaleTarget(), "Nothing is asked for." },
        { new ScaleTarget { Parallelism = 2 }, "That is its size already." },
        { new ScaleTarget { Parallelism = 0 }, "parallelism: 0 is not possible. Allowed: 1 to 32768." },
        { new ScaleTarget { Parallelism = 200 }, "parallelism: 200 is above the max parallelism of “source”, 128. Allowed: 1 to 128." },
        { Totals(129), $"vertices.{FakeJob.Totals}: 129 is above the max parallelism of “totals”, 128. Allowed: 1 to 128." },
        { Totals(0), $"vertices.{FakeJob.Totals}: 0 is not possible. Allowed: 1 to 128." },
        { Totals(null), $"vertices.{FakeJob.Totals}: it has no parallelism of its own to take away." },
        { new ScaleTarget { Vertices = new Dictionary<string, int?> { ["x"] = 2 } }, $"vertices: the job has no vertex x. It has {FakeJob.Source} (source), {FakeJob.Totals} (totals)." },
        { new ScaleTarget { TaskManagers = 3 }, "taskManagers cannot be set: the mode is native" },
        { new ScaleTarget { Slots = 0 }, "slots: 0 is not possible. Allowed: 1 to 1024." },
        { new ScaleTarget { Parallelism = 3, TaskManagers = 3 }, "parallelism counts for nothing where taskManager.replicas is set (3)" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Scale_ToWhatCannotBe_IsRefusedNamingTheFieldAndWhatMayStandThere(ScaleTarget target, string expected)
    {
        var world = await new OperationWorld().WithScalablePipelineAsync();

        var refused = await Should.ThrowAsync<OperationRefusedException>(() => world.StartAsync(Ask(target)));

        refused.Problems.ShouldContain(p => p.StartsWith(expected, StringComparison.Ordinal), string.Join("\n", refused.Problems));
        world.Cluster.Writes.ShouldBe(1);
    }

    private static ScaleTarget Totals(int? parallelism) => new() { Vertices = new Dictionary<string, int?> { [FakeJob.Totals] = parallelism } };

    private static OperationRequest Ask(ScaleTarget target) => OperationWorld.Request(OperationKind.Scale) with { Scale = target };

    private static JsonObject Spec(OperationWorld world) => (JsonObject)world.Cluster.Find("FlinkDeployment", "order-totals")!["spec"]!;
}
