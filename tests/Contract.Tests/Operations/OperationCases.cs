using Shouldly;
using Sluice.Domain.Operations;
using Sluice.Domain.Operations.Planning;
using Xunit;

namespace Sluice.Contract.Tests.Operations;

/// <summary>
/// What operations promise of a job's state, shown by the job's own output: nothing is lost, and nothing is repeated but what a start from an older snapshot has to repeat.
/// The same cases run on the simulator and on a real cluster.
/// </summary>
public abstract partial class OperationCases
{
    private protected const string Arguments = "--rate 100";

    /// <summary>A pipeline of its own on each cluster of the kind; skips the test where there is none.</summary>
    private protected abstract Task OnEachAsync(string pipeline, Func<OperationBed, Task> work);

    [Fact]
    public Task Life_UpgradesOneThatCannotStartLastStateAndDrain_WritesEachEntryOnceAndItsWindowsAreWhole() => OnEachAsync("ledger-life", async bed =>
    {
        await bed.DoAsync(OperationKind.Deploy, Arguments);
        await bed.WritesBeyondAsync(50);
        OperationBed.RestoredBy(await bed.DoAsync(OperationKind.Upgrade, Arguments + " --version 2")).ShouldContain("savepoint-");
        await GoesOnAsync(bed, (await bed.OutputAsync()).Last, "upgraded with a savepoint");

        // No savepoint: what was read since the last checkpoint is read again, and none of it was written for good.
        await bed.DoAsync(OperationKind.Cancel);
        await bed.DoAsync(OperationKind.Resume);
        await GoesOnAsync(bed, (await bed.OutputAsync()).Last, "resumed from the last state");

        var upgrade = await bed.DoAsync(OperationKind.Upgrade, Arguments + " --fail main", OperationState.Failed);
        upgrade.Message.ShouldContain("Sluice went back: the version before runs again from ");
        upgrade.Message.ShouldContain(OperationBed.PathOf(upgrade, "await-stopped"));
        var resource = await bed.ResourceAsync();
        resource.Runs.ShouldBeTrue(resource.Words);
        await GoesOnAsync(bed, (await bed.OutputAsync()).Last, "after the way back");

        await DrainAsync(bed);
        SnapshotHistory.Of(await bed.OperationsAsync()).ShouldContain(s => s.Drained);
        await bed.DoAsync(OperationKind.Delete);
    });

    [Theory]
    [Trait("Category", "Long")]
    [InlineData("its tasks fail at each start")]
    [InlineData("its image is in no registry")]
    public Task Upgrade_NewVersionCannotStartFor_GoesBackByItself(string reason) => OnEachAsync(reason.Contains("image", StringComparison.Ordinal) ? "ledger-image" : "ledger-tasks", async bed =>
    {
        var bad = reason.Contains("image", StringComparison.Ordinal) ? bed.Manifest(Arguments).Replace("flink:1.19.3", "flink:none", StringComparison.Ordinal) : bed.Manifest(Arguments + " --fail open");
        await bed.DoAsync(OperationKind.Deploy, Arguments);
        await bed.WritesBeyondAsync(50);

        var upgrade = await bed.DoAsync(bed.Request(OperationKind.Upgrade) with { Manifest = bad }, OperationState.Failed);
        upgrade.Message.ShouldContain("Sluice went back: the version before runs again from ");
        await GoesOnAsync(bed, (await bed.OutputAsync()).Last, reason);
        await bed.DoAsync(OperationKind.Delete);
    });

    [Fact]
    [Trait("Category", "Long")]
    public Task EveryKind_ThatCarriesTheStateOn_WritesEachEntryOnce() => OnEachAsync("ledger-kinds", async bed =>
    {
        await bed.DoAsync(OperationKind.Deploy, Arguments);
        await bed.WritesBeyondAsync(50);
        (await bed.DoAsync(OperationKind.Savepoint)).Message.ShouldContain("savepoint-");
        var suspended = await bed.DoAsync(OperationKind.Suspend);
        var stopped = await bed.WroteEachOnceAsync("suspended");
        OperationBed.RestoredBy(await bed.DoAsync(OperationKind.Resume)).ShouldContain(NameOf(OperationBed.PathOf(suspended, "await-stopped")));
        await GoesOnAsync(bed, stopped.Last, "resumed");

        await bed.DoAsync(OperationKind.Upgrade, Arguments + " --version 2");
        OperationBed.RestoredBy(await bed.DoAsync(OperationKind.Restart)).ShouldContain("savepoint-");
        await GoesOnAsync(bed, (await bed.OutputAsync()).Last, "restarted");
        OperationBed.RestoredBy(await bed.DoAsync(bed.Request(OperationKind.Rollback) with { Revision = 1 })).ShouldContain("savepoint-");
        (await bed.ResourceAsync()).Spec["job"]!["args"]!.ToJsonString().ShouldNotContain("--version");
        await GoesOnAsync(bed, (await bed.OutputAsync()).Last, "rolled back with the state of now");
        (await bed.DoAsync(OperationKind.Delete)).Message.ShouldContain("savepoint-");
        await bed.WroteEachOnceAsync("deleted");
    });

    [Fact]
    [Trait("Category", "Long")]
    public Task Scale_ByARestartAndInPlace_WritesEachEntryOnce() => OnEachAsync("ledger-scale", async bed =>
    {
        await bed.DoAsync(OperationKind.Deploy, Arguments);
        await bed.WritesBeyondAsync(50);
        var restarted = await bed.DoAsync(bed.Request(OperationKind.Scale) with { Scale = new ScaleTarget { Parallelism = 2 } });
        restarted.Plan!.Scaling!.Way.ShouldBe(ScaleWay.Redeploy);
        OperationBed.RestoredBy(restarted).ShouldContain("savepoint-");
        await GoesOnAsync(bed, (await bed.OutputAsync()).Last, "scaled by a restart");

        // No savepoint: the tasks go back to the last checkpoint, and what came after it was not written for good.
        var vertex = restarted.Plan.Scaling.Vertices[^1].Id;
        var inPlace = await bed.DoAsync(bed.Request(OperationKind.Scale) with { Scale = new ScaleTarget { Vertices = new Dictionary<string, int?> { [vertex] = 1 } } });
        (inPlace.Plan!.Scaling!.Way, inPlace.Outcome!.Effect).ShouldBe((ScaleWay.InPlace, JobEffect.KeepsRunning));
        inPlace.Outcome.Vertices!.Single(v => v.Id == vertex).Real.ShouldBe(1);
        await GoesOnAsync(bed, (await bed.OutputAsync()).Last, "scaled in place");
        await bed.DoAsync(OperationKind.Delete);
        await bed.WroteEachOnceAsync("deleted");
    });

    [Fact]
    [Trait("Category", "Long")]
    public Task SideBySide_OneThatCannotStartAndOneThatDoes_RepeatsWhatBothReadAndNothingElse() => OnEachAsync("ledger-beside", async bed =>
    {
        await bed.DoAsync(OperationKind.Deploy, Arguments);
        var before = await bed.WritesBeyondAsync(50);
        var failed = await bed.DoAsync(bed.Request(OperationKind.SideBySide) with { Manifest = bed.Manifest(Arguments + " --fail main") }, OperationState.Failed, JobEffect.KeepsRunning);
        failed.Message.ShouldContain("The old one was never stopped and runs on");
        await GoesOnAsync(bed, (await bed.OutputAsync()).Last, "after one that could not start");

        var done = await bed.DoAsync(bed.Request(OperationKind.SideBySide) with { Manifest = bed.Manifest(Arguments + " --version 2") });
        var savepoint = OperationBed.PathOf(done, "await-savepoint");
        OperationBed.RestoredBy(done).ShouldContain(NameOf(savepoint));
        var stopped = (await bed.OutputAsync()).Last;
        await bed.WritesBeyondAsync(stopped);
        var output = await bed.OutputAsync();
        output.Wrong.ShouldBeNull();
        output.Missing.ShouldBeEmpty($"{bed.Key}: entries were lost");
        var both = output.Repeated.ShouldHaveSingleItem($"{bed.Key}: {output}");
        both.First.ShouldBeGreaterThan(before, "it began before the savepoint");
        both.Last.ShouldBeLessThanOrEqualTo(stopped, "the old one wrote after it was stopped");

        await bed.DoAsync(bed.Request(OperationKind.Delete) with { Pipeline = bed.Key with { Name = bed.Key.Name + "-g2" } });
        (await bed.OutputAsync()).Repeated.ShouldBe([both], $"{bed.Key}: more was repeated after the old one had gone");
    });

    [Fact]
    [Trait("Category", "Long")]
    public Task GoLive_OnceTheBootstrapHasRunForAWhile_WritesEachEntryOnce() => OnEachAsync("ledger-live", async bed =>
    {
        await bed.DoAsync(OperationKind.Deploy, Arguments);
        await bed.WritesBeyondAsync(50);
        var steady = bed.Manifest(Arguments + " --version 2");
        // What is not there is never finished.
        (await bed.PlanAsync(bed.Request(OperationKind.GoLive) with { Manifest = steady, GoLive = new GoLiveWhen { SourceFinished = "no such source" } })).Wait!.Now.ShouldContain("It has no source");

        var live = await bed.DoAsync(bed.Request(OperationKind.GoLive) with { Manifest = steady, GoLive = new GoLiveWhen { RunsForSeconds = 15 } });
        OperationBed.RestoredBy(live).ShouldContain(NameOf(OperationBed.PathOf(live, "await-stopped")));
        live.Message.ShouldStartWith("Revision 2 is live and goes on where the bootstrap, revision 1, was stopped.");
        (await bed.ResourceAsync()).Spec["job"]!["args"]!.ToJsonString().ShouldContain("--version");
        await GoesOnAsync(bed, (await bed.OutputAsync()).Last, "live");

        var failed = await bed.DoAsync(bed.Request(OperationKind.GoLive) with { Manifest = bed.Manifest(Arguments + " --fail main"), GoLive = new GoLiveWhen { RunsForSeconds = 1 } }, OperationState.Failed);
        failed.Message.ShouldContain("Sluice went back: the bootstrap revision runs again from ");
        await GoesOnAsync(bed, (await bed.OutputAsync()).Last, "after a steady revision that could not start");
        await bed.DoAsync(OperationKind.Delete);
    });

    [Fact]
    [Trait("Category", "Long")]
    public Task StartFromAChosenSnapshot_RepeatsWhatCameAfterItAndNothingElse() => OnEachAsync("ledger-chosen", async bed =>
    {
        await bed.DoAsync(OperationKind.Deploy, Arguments);
        var before = await bed.WritesBeyondAsync(50);
        var savepoint = OperationBed.PathOf(await bed.DoAsync(OperationKind.Savepoint), "await-savepoint");
        var after = await bed.WritesBeyondAsync((await bed.OutputAsync()).Last + 50);
        await bed.DoAsync(OperationKind.Upgrade, Arguments + " --version 2");
        await bed.WroteEachOnceAsync("upgraded");

        OperationBed.RestoredBy(await bed.DoAsync(bed.Request(OperationKind.Redeploy) with { SnapshotPath = savepoint })).ShouldContain(NameOf(savepoint));
        await RepeatsAsync(bed, before, after, "redeployed");
        OperationBed.RestoredBy(await bed.DoAsync(bed.Request(OperationKind.Rollback) with { Revision = 1, SnapshotPath = savepoint })).ShouldContain(NameOf(savepoint));
        (await bed.ResourceAsync()).Spec["job"]!["args"]!.ToJsonString().ShouldNotContain("--version");
        await RepeatsAsync(bed, before, after, "rolled back");
        await bed.DoAsync(OperationKind.Delete);
    });

    [Fact]
    [Trait("Category", "Long")]
    public Task Dispose_OfAnOlderSavepoint_IsGoneForFlinkTooAndTheJobWritesOn() => OnEachAsync("ledger-dispose", async bed =>
    {
        await bed.DoAsync(OperationKind.Deploy, Arguments);
        await bed.WritesBeyondAsync(50);
        var old = OperationBed.PathOf(await bed.DoAsync(OperationKind.Savepoint), "await-savepoint");
        var newest = OperationBed.PathOf(await bed.DoAsync(OperationKind.Savepoint), "await-savepoint");
        (await bed.DisposeAsync(old)).ShouldContain("Disposed of");
        // A second time the JobManager says that there is nothing, which is as good.
        (await bed.DisposeAsync(old)).ShouldContain("not there any more");
        await GoesOnAsync(bed, (await bed.OutputAsync()).Last, "disposed of a savepoint");
        OperationBed.RestoredBy(await bed.DoAsync(bed.Request(OperationKind.Redeploy) with { SnapshotPath = newest })).ShouldContain(NameOf(newest));
        await bed.DoAsync(OperationKind.Delete);
    });

    [Fact]
    [Trait("Category", "Long")]
    public Task Drain_Failed_JobRunsOnAndTheNextUpgradeDoesNotDrain() => OnEachAsync("ledger-drain", async bed =>
    {
        await bed.DoAsync(bed.Request(OperationKind.Deploy) with { Manifest = bed.Manifest(Arguments, "file:///proc/savepoints") });
        await bed.WritesBeyondAsync(50);

        var drain = await bed.DoAsync(OperationKind.Drain, expected: OperationState.Waiting);
        drain.Message.ShouldContain("keeps running");
        await bed.CallOffAsync(drain);
        (await bed.ResourceAsync()).Record.DrainsOnStop.ShouldBeFalse("the switch outlived the drain");
        (await bed.OutputAsync()).Windows.ShouldBeNull();

        OperationBed.RestoredBy(await bed.DoAsync(OperationKind.Upgrade, Arguments)).ShouldContain("savepoint-");
        await GoesOnAsync(bed, (await bed.OutputAsync()).Last, "upgraded after a drain that failed");
        (await bed.OutputAsync()).Windows.ShouldBeNull("the upgrade drained the job");

        await DrainAsync(bed);
        (await bed.PlanAsync(bed.Request(OperationKind.Resume))).Problems.ShouldContain(p => p.Contains("drained", StringComparison.Ordinal));
        await bed.DoAsync(OperationKind.Delete);
    });

    /// <summary>The drain fires windows over everything that was ever written, once.</summary>
    private static async Task DrainAsync(OperationBed bed)
    {
        (await bed.OutputAsync()).Windows.ShouldBeNull("windows fired before the drain");
        (await bed.DoAsync(OperationKind.Drain)).Message.ShouldContain("not for resuming");
        (await bed.ResourceAsync()).Record.DrainsOnStop.ShouldBeFalse("the switch outlived the drain");
        var output = await bed.WroteEachOnceAsync("drained");
        output.Windows.ShouldBe(output.Count, "the windows hold every entry once");
    }

    private static async Task GoesOnAsync(OperationBed bed, long last, string when)
    {
        await bed.WritesBeyondAsync(last);
        await bed.WroteEachOnceAsync(when);
    }

    private static async Task RepeatsAsync(OperationBed bed, long before, long after, string when)
    {
        await bed.WritesBeyondAsync((await bed.OutputAsync()).Last);
        var output = await bed.OutputAsync();
        output.Wrong.ShouldBeNull(when);
        output.Missing.ShouldBeEmpty($"{bed.Key}, {when}: entries were lost");
        output.Repeated.ShouldNotBeEmpty(when);
        output.Repeated.Min(r => r.First).ShouldBeInRange(before, after, $"{bed.Key}, {when}: it did not go on where the savepoint was taken");
    }

    private static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];
}
