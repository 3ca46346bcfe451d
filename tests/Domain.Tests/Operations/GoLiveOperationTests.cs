using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Domain.Access;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Operations;
using Sluice.Domain.Operations.Guards;
using Sluice.Domain.Operations.Planning;
using Sluice.Domain.Pipelines;
using Sluice.Testing;
using Xunit;

namespace Sluice.Domain.Tests.Operations;

/// <summary>A bootstrap runs until it is through; then the steady revision goes on from its state.</summary>
public sealed class GoLiveOperationTests
{
    private const string Steady = "flink:1.19.4";
    private static readonly Actor Ada = new("ada");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task GoLive_TheJobHasRunLongEnough_GoesOnWithTheSteadyRevisionFromItsState(bool snapshots)
    {
        var world = await WorldAsync(snapshots);

        var started = world.Cluster.Job("order-totals").StartedAt!.Value;

        var done = await world.RunAsync(Ask(new GoLiveWhen { RunsForSeconds = 60 }));

        done.State.ShouldBe(OperationState.Succeeded, done.Message);
        done.Plan!.Sentence.ShouldStartWith("Wait until the job has run for 60 s; then stop the bootstrap of order-totals with a savepoint");
        done.Plan.Wait!.For.ShouldBe("the job has run for 60 s");
        done.Plan.Wait.Now.ShouldStartWith("The job has run for ");
        done.Steps[0].Title.ShouldBe("Wait until the job has run for 60 s");
        (done.Steps[0].EndedAt!.Value - started).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(60));
        (world.Cluster.StopSavepoints, world.Cluster.ManualSavepoints, world.Cluster.Starts).ShouldBe((1, 0, 2));
        var job = world.Cluster.Job("order-totals");
        (job.State, job.RestoredFrom).ShouldBe(("RUNNING", "file:/savepoints/order-totals-stop-1"));
        Spec(world)["image"]!.ToString().ShouldBe(Steady);
        Spec(world)["job"]!["upgradeMode"]!.ToString().ShouldBe("last-state");
        done.Message.ShouldStartWith("Revision 2 is live and goes on where the bootstrap, revision 1, was stopped.");
        (done.Plan.Classification!.Effect, done.Outcome!.Effect).ShouldBe((JobEffect.Restarts, JobEffect.Restarts));
        done.Outcome.Disagreements.ShouldAllBe(d => d.StartsWith("The operator:", StringComparison.Ordinal), "this cluster tells no events");
    }

    [Fact]
    public async Task GoLive_LagOfASubtaskIsNotKnown_NeverCountsAndAPersonMaySayNow()
    {
        var world = await WorldAsync();
        world.Cluster.Pending = [0, null];
        var writes = world.Cluster.Writes;

        var waiting = await world.RunAsync(Ask(new GoLiveWhen { LagBelow = 100, LagForSeconds = 0, WithinMinutes = 10 }));

        waiting.State.ShouldBe(OperationState.Waiting);
        waiting.Message.ShouldContain("did not end within 10 minutes. What was seen last: How many records wait is not known: source does not tell for 1 of its 2 subtasks (no pendingRecords).");
        (world.Cluster.Writes, world.Pipelines.Revisions.Count).ShouldBe((writes, 1), "the bootstrap was touched");

        await world.Service.GoAheadAsync(waiting.Id, "checked by hand", Ada, Token);
        await world.WorkAsync();

        var done = await world.FindAsync(waiting.Id);
        done.State.ShouldBe(OperationState.Succeeded, done.Message);
        done.Steps[0].Message.ShouldBe("ada says: now.");
        done.Steps[0].Evidence.ShouldContain(e => e.Source == "person" && e.Text.StartsWith("ada: go live now (checked by hand).", StringComparison.Ordinal));
        (done.Guards!.GoAhead!.By, done.Guards.GoAhead.Comment).ShouldBe(("ada", "checked by hand"));
        (await Should.ThrowAsync<OperationRefusedException>(() => world.Service.GoAheadAsync(done.Id, "", Ada, Token))).Message.ShouldContain("It has ended already");
    }

    [Fact]
    public async Task GoLive_WithoutACondition_WaitsForSomebodyWhileItIsWorkedOn()
    {
        var world = await WorldAsync();
        var asked = await world.StartAsync(Ask(null));
        var work = world.WorkAsync();
        await SaysAsync(world, asked.Id, "It waits for somebody to say so.");
        (await world.FindAsync(asked.Id)).Steps[0].Title.ShouldBe("Wait until somebody says so");

        await world.Service.GoAheadAsync(asked.Id, "", Ada, Token);
        await work;

        (await world.FindAsync(asked.Id)).State.ShouldBe(OperationState.Succeeded);
    }

    [Fact]
    public async Task GoLive_SourceAndLagTogether_WaitsForBoth()
    {
        var world = await WorldAsync();
        world.Cluster.Pending = [40, 60];
        var asked = await world.StartAsync(Ask(new GoLiveWhen { SourceFinished = " SOUR ", LagBelow = 100, LagForSeconds = 0 }));
        var work = world.WorkAsync();
        await SaysAsync(world, asked.Id, "source is RUNNING. 100 records wait before its sources.");
        world.Cluster.Pending = [40, 59];
        await SaysAsync(world, asked.Id, "source is RUNNING. 99 records wait before its sources.");
        world.Cluster.StopSavepoints.ShouldBe(0);

        // A source that has ended keeps no records waiting, and one more is needed for a lag.
        world.Cluster.SourceState = "FINISHED";
        await SaysAsync(world, asked.Id, "source is FINISHED. How many records wait is not known: the JobManager shows no source that runs.");
        await world.Service.GoAheadAsync(asked.Id, "", Ada, Token);
        await work;

        (await world.FindAsync(asked.Id)).State.ShouldBe(OperationState.Succeeded);
    }

    [Fact]
    public async Task GoLive_SourceIsFinished_GoesLive()
    {
        var world = await WorldAsync();
        world.Cluster.SourceState = "FINISHED";

        (await world.RunAsync(Ask(new GoLiveWhen { SourceFinished = "source" }))).State.ShouldBe(OperationState.Succeeded);
    }

    [Fact]
    public async Task GoLive_BootstrapRunsToItsEndMeanwhile_EndsAndSaysThatNothingIsLeft()
    {
        var world = await WorldAsync();
        var writes = world.Cluster.Writes;
        var asked = await world.StartAsync(Ask(null));
        var work = world.WorkAsync();
        await SaysAsync(world, asked.Id, "It waits for somebody to say so.");

        world.Cluster.Job("order-totals").ComesToItsEnd = true;
        await work;

        var failed = await world.FindAsync(asked.Id);
        failed.State.ShouldBe(OperationState.Failed);
        failed.Message.ShouldStartWith("The bootstrap ran to its end: the job is FINISHED, and Flink has removed its checkpoints with it");
        (world.Cluster.Writes, world.Pipelines.Revisions.Count).ShouldBe((writes, 1));
        (await world.Service.PlanAsync(Ask(null), Token)).Problems.ShouldContain(p => p.StartsWith("The bootstrap ran to its end", StringComparison.Ordinal));
    }

    [Fact]
    public async Task GoLive_CalledOffWhileItWaits_LeavesTheBootstrapAlone()
    {
        var world = await WorldAsync();
        var writes = world.Cluster.Writes;
        var asked = await world.StartAsync(Ask(null));
        await world.WorkAsync(new Kill("await-bootstrap:Before"));
        await world.Service.CancelAsync(asked.Id, Ada, Token);
        (await Should.ThrowAsync<OperationRefusedException>(() => world.Service.GoAheadAsync(asked.Id, "", Ada, Token))).Message.ShouldContain("being called off");
        await world.WorkAsync();

        var ended = await world.FindAsync(asked.Id);
        ended.State.ShouldBe(OperationState.Cancelled);
        ended.Message.ShouldBe("Called off. Nothing was changed; the bootstrap revision runs on.");
        (world.Cluster.Writes, world.Pipelines.Revisions.Count).ShouldBe((writes, 1));
    }

    [Fact]
    public async Task GoLive_CalledOffRightAfterSomebodySaidNow_IsCalledOff()
    {
        var world = await WorldAsync();
        var writes = world.Cluster.Writes;
        var asked = await world.StartAsync(Ask(null));
        await world.WorkAsync(new Kill("await-bootstrap:Before"));
        await world.Service.RefreshActiveAsync(Token);
        world.Service.Active[OperationWorld.Key].Phase.ShouldBe(PipelinePhase.Bootstrapping);
        await world.Service.GoAheadAsync(asked.Id, "", Ada, Token);
        await world.Service.CancelAsync(asked.Id, Ada, Token);
        await world.WorkAsync();

        var ended = await world.FindAsync(asked.Id);
        (ended.State, ended.Message).ShouldBe((OperationState.Cancelled, "Called off. Nothing was changed; the bootstrap revision runs on."));
        (ended.Outcome!.Effect, world.Cluster.Writes).ShouldBe((JobEffect.KeepsRunning, writes));
    }

    [Fact]
    public async Task GoLive_SomeoneChangesTheSpecMeanwhile_EndsWithoutAChange()
    {
        var world = await WorldAsync();
        var asked = await world.StartAsync(Ask(null));
        var work = world.WorkAsync();
        await SaysAsync(world, asked.Id, "It waits for somebody to say so.");

        await world.Cluster.PatchAsync(OperationWorld.Key.KubernetesResource, "team-orders", "order-totals",
            new KubernetesPatch(KubernetesPatchType.Merge, JsonNode.Parse("""{"metadata":{"annotations":{"sluice.dev/operation":null}},"spec":{"image":"flink:other"}}""")!), new KubernetesWrite(), Token);
        await work;

        (await world.FindAsync(asked.Id)).Message.ShouldContain("Someone changed the deployment's spec");
        Spec(world)["image"]!.ToString().ShouldBe("flink:other");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task GoLive_SteadyRevisionDoesNotStart_GoesBackToTheBootstrapWithItsState(bool snapshots)
    {
        var world = await WorldAsync(snapshots);
        world.Cluster.BadImage = "flink:none";

        var failed = await world.RunAsync(Ask(new GoLiveWhen { RunsForSeconds = 1 }, "flink:none"));

        failed.State.ShouldBe(OperationState.Failed);
        failed.Message.ShouldStartWith("The steady revision did not start: ErrImagePull. Sluice went back: the bootstrap revision runs again from file:/savepoints/order-totals-stop-1");
        world.Cluster.Job("order-totals").State.ShouldBe("RUNNING");
        Spec(world)["image"]!.ToString().ShouldBe("flink:1.19.3");
        world.Pipelines.Revisions.Select(r => r.Number).ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task GoLive_FreezeWindowWhenItIsThrough_WaitsForItsEndWhateverAPersonSays()
    {
        var world = await WorldAsync();
        var asked = await world.StartAsync(Ask(null));
        var now = world.Time.GetUtcNow();
        world.FreezeStore.Windows.Add(new FreezeWindow
        {
            Id = Guid.NewGuid(), Name = "Holidays", MayLift = "", CreatedBy = "demo", CreatedAt = now, UpdatedBy = "demo", UpdatedAt = now,
            Times = new FreezeTimes { From = DateTime.SpecifyKind(now.UtcDateTime.AddDays(-1), DateTimeKind.Unspecified), Until = DateTime.SpecifyKind(now.UtcDateTime.AddDays(1), DateTimeKind.Unspecified) },
        });
        var work = world.WorkAsync();
        await world.Service.GoAheadAsync(asked.Id, "", Ada, Token);
        await SaysAsync(world, asked.Id, "ada says: now. It goes live when the freeze window \u201cHolidays\u201d ends");
        world.Cluster.StopSavepoints.ShouldBe(0);

        world.FreezeStore.Windows.Clear();
        await work;

        (await world.FindAsync(asked.Id)).State.ShouldBe(OperationState.Succeeded);
    }

    [Fact]
    public async Task Plan_WhatCannotBe_IsNamedByItsField()
    {
        var world = await WorldAsync();

        var plan = await world.Service.PlanAsync(Ask(new GoLiveWhen { RunsForSeconds = 7200, LagBelow = 0, LagForSeconds = -1, WithinMinutes = 60 }), Token);

        plan.Problems.Select(p => p.Split(' ')[0]).ShouldBe(["goLive.lagBelow", "goLive.lagForSeconds", "goLive.runsForSeconds"]);
        var lost = await world.Service.PlanAsync(Ask(null) with { Manifest = OperationWorld.Manifest(Steady) + "\n    allowNonRestoredState: true\n" }, Token);
        lost.Lost.ShouldHaveSingleItem().ShouldContain("none of the steady revision's operators takes up");
        (await world.Service.PlanAsync(Ask(null) with { Manifest = OperationWorld.Manifest(extra: "    kubernetes.operator.periodic.savepoint.interval: 6h") }, Token)).Problems
            .ShouldContain(p => p.StartsWith("The steady manifest changes nothing that the job has to start anew for.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Watch_LagIsLowWithABreak_CountsFromTheEndOfTheBreak()
    {
        var world = await WorldAsync();
        var watch = new GoLiveWatch(new GoLiveWhen { LagBelow = 100 });
        var seen = new FlinkObject(await world.Cluster.GetAsync(OperationWorld.Key.KubernetesResource, "team-orders", "order-totals", Token));
        var start = world.Time.GetUtcNow();
        Task<GoLiveLook> LookAsync(int second, params int?[] pending)
        {
            world.Cluster.Pending = pending;
            return watch.LookAsync(world.Environment.JobManagers.Of(OperationWorld.Key, "order-totals"), seen, start.AddSeconds(second), Token);
        }

        (await LookAsync(0, 1, 2)).Words.ShouldBe("3 records wait before its sources. That has been low enough for 0 s.");
        (await LookAsync(50, 1, 2)).Holds.ShouldBeFalse();
        (await LookAsync(55)).Words.ShouldBe("How many records wait is not known: source does not tell (no pendingRecords).");
        (await LookAsync(60, 1, 2)).Holds.ShouldBeFalse("the time before it was not known counts for nothing");
        (await LookAsync(119, 1, 2)).Holds.ShouldBeFalse();
        (await LookAsync(120, 1, 2)).Holds.ShouldBeTrue();
        (await LookAsync(125, 500, 2)).Holds.ShouldBeFalse();
        (await LookAsync(126, -1, 2)).Words.ShouldBe("How many records wait is not known: source does not tell for 1 of its 2 subtasks (no pendingRecords).");
        world.Cluster.TellsBytes = true;
        (await LookAsync(127)).Words.ShouldContain("does not tell (a Beam source: its pendingBytes are no records");
        (await LookAsync(130, 1, 2)).Holds.ShouldBeFalse();
    }

    private static OperationRequest Ask(GoLiveWhen? when, string image = Steady) => OperationWorld.Request(OperationKind.GoLive, OperationWorld.Manifest(image)) with { GoLive = when };

    private static async Task<OperationWorld> WorldAsync(bool snapshots = true)
    {
        var world = await new OperationWorld(snapshots).WithPipelineAsync();
        world.Cluster.TellsSources = true;
        return world;
    }

    private static Task SaysAsync(OperationWorld world, Guid id, string words) =>
        Until.TrueAsync(async () => (await world.FindAsync(id)).Steps[0].Message.StartsWith(words, StringComparison.Ordinal), $"the wait says: {words}", TimeSpan.FromSeconds(30));

    private static JsonNode Spec(OperationWorld world) => world.Cluster.Find("FlinkDeployment", "order-totals")!["spec"]!;
}
