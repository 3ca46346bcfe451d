using Shouldly;
using Sluice.Domain.Snapshots;
using Sluice.Portal.Client.Features.Pipelines.Detail;
using Xunit;

namespace Sluice.Portal.Client.Tests.Features;

public sealed class SnapshotTests
{
    [Fact]
    public async Task Table_OfACatalogue_SaysOfEachWhatItIsAndWhatMayBeDone()
    {
        await using var pages = new Pages();
        var kept = Entry("savepoint-new", 1) with { InUse = "It is the newest.", Obstacle = "It is in use. It is the newest." };
        var drained = Entry("savepoint-end", 2, s => s with { Drained = true });
        var verified = Entry("savepoint-good", 3, s => s with { VerifiedAt = Some.Now, Size = 2_000_000, Duration = TimeSpan.FromSeconds(4), Revision = 7, Operation = Some.OperationId });
        var leaving = Entry("savepoint-old", 4, s => s with { State = SnapshotState.Quarantined, QuarantineUntil = Some.Now.AddHours(5), QuarantinedBy = "retention" });
        var gone = Entry("savepoint-gone", 5, s => s with { State = SnapshotState.Lost });
        var stuck = Entry("savepoint-stuck", 6, s => s with { State = SnapshotState.Disposing, Disposal = Some.OperationId, Note = "Its disposal did not succeed: the bucket is read-only." });

        var html = await pages.RenderAsync<SnapshotTable>(new() { ["Catalogue"] = Catalogue(kept, drained, verified, leaving, gone, stuck) });

        html.ShouldContain("2\u00a0snapshots to start from, 1 in quarantine");
        html.ShouldContain("title=\"It is in use. It is the newest.\"");
        html.ShouldContain("drained");
        html.ShouldContain("verified");
        html.ShouldContain("2.00\u00a0MB");
        html.ShouldContain($"/operations/{Some.OperationId}");
        html.ShouldContain("in 5\u00a0h");
        html.ShouldContain("Bring back");
        html.ShouldContain("not disposed of");
        html.ShouldContain("title=\"Its disposal did not succeed: the bucket is read-only.\"");
        html.ShouldContain("Try again");
        html.ShouldContain("Its data was removed by hand: note that");
        html.ShouldContain("Show 1 gone");
        html.ShouldNotContain("savepoint-gone");
    }

    [Fact]
    public async Task Schedule_ThatWasLeftOut_SaysWhyAndWhatComesNext()
    {
        await using var pages = new Pages();
        var catalogue = Catalogue() with
        {
            Policy = new SnapshotPolicy { PipelineId = Guid.Empty, Schedule = new SnapshotSchedule("0 2 * * *", "Europe/Berlin", TimeSpan.FromMinutes(10)), LastRun = new ScheduledRun(Some.Now.AddHours(-2), false, "Left out: the job is FAILED.", null) },
            NextTurns = [new SnapshotTurn(Some.Now.AddHours(1), Some.Now.AddHours(1).AddMinutes(4))],
        };

        var html = await pages.RenderAsync<SnapshotSchedulePanel>(new() { ["Catalogue"] = catalogue });

        html.ShouldContain("0 2 * * *");
        html.ShouldContain("Europe/Berlin");
        html.ShouldContain("up to 10\u00a0min<");
        html.ShouldContain("left out");
        html.ShouldContain("Left out: the job is FAILED.");
        html.ShouldContain("in 1\u00a0h\u00a04\u00a0min");
    }

    [Fact]
    public async Task Retention_WithAndWithoutARule_SaysWhatIsKept()
    {
        await using var pages = new Pages();
        var ruled = Catalogue() with { Policy = new SnapshotPolicy { PipelineId = Guid.Empty, Retention = new RetentionRule(5, TimeSpan.FromDays(7), true, TimeSpan.FromHours(24)) } };

        (await pages.RenderAsync<SnapshotRetentionPanel>(new() { ["Catalogue"] = Catalogue() })).ShouldContain("everything is kept");
        var html = await pages.RenderAsync<SnapshotRetentionPanel>(new() { ["Catalogue"] = ruled });

        html.ShouldContain("Keep the newest 5 and those younger than 7\u00a0days, also of those that Sluice did not take.");
        html.ShouldContain("for 24\u00a0hours first");
    }

    [Fact]
    public async Task Dispose_OfOneInUse_ShowsTheConsequenceAndCannotBeStarted()
    {
        await using var pages = new Pages();
        pages.Snapshots.Disposal = new DisposalPlan("It goes into quarantine.", Some.Now.AddDays(1), "The JobManager removes its data.", ["The snapshot's data."], ["It is in use."], ["A job was restored from it."]);

        var html = await pages.RenderAsync<DisposeSnapshotDialog>(new() { ["Pipeline"] = Some.Key(), ["Snapshot"] = Entry("savepoint-a", 1).Snapshot });

        html.ShouldContain("It goes into quarantine.");
        html.ShouldContain("Lost for good then: The snapshot's data.".Replace("'", "&#x27;", StringComparison.Ordinal));
        html.ShouldContain("It is in use.");
        html.ShouldContain("A job was restored from it.");
        html.ShouldContain("disabled");
    }

    [Fact]
    public async Task Dispose_WithoutTheDatabase_SaysSoAndCannotBeStarted()
    {
        await using var pages = new Pages();
        pages.Snapshots.Down = new TimeoutException("connection refused.");

        var html = await pages.RenderAsync<DisposeSnapshotDialog>(new() { ["Pipeline"] = Some.Key(), ["Snapshot"] = Entry("savepoint-a", 1).Snapshot });

        html.ShouldContain("did not answer (connection refused)");
        html.ShouldNotContain("Looking at what depends on it");
        html.ShouldContain("disabled");
    }

    [Fact]
    public async Task Tab_WithoutTheDatabase_SaysSoInItsPanel()
    {
        await using var pages = new Pages();
        pages.Snapshots.Down = new TimeoutException("connection refused.");

        var html = await pages.ShownAsync<SnapshotsTab>(new() { ["Row"] = Some.Row() with { Registered = true } });

        html.ShouldContain("did not answer (connection refused)");
        html.ShouldContain("The catalogue is not there yet");
        html.ShouldNotContain("Reading the catalogue");
    }

    [Fact]
    public async Task Timetable_OpenedWithoutTheDatabase_SaysSoAndCannotBeKept()
    {
        await using var pages = new Pages();
        pages.Snapshots.Down = new TimeoutException("connection refused.");

        var html = await pages.ClickedAsync<SnapshotSchedulePanel>("data-opens", "Timetable", new() { ["Catalogue"] = Catalogue() });

        html.ShouldContain("did not answer (connection refused)");
        html.ShouldContain("0 2 * * *");
        html.ShouldMatch("btn primary\"[^>]*disabled");
    }

    [Fact]
    public async Task Retention_OpenedWithoutTheDatabase_SaysSoAndCannotBeKept()
    {
        await using var pages = new Pages();
        pages.Snapshots.Down = new TimeoutException("connection refused.");

        var html = await pages.ClickedAsync<SnapshotRetentionPanel>("data-opens", "Retention", new() { ["Catalogue"] = Catalogue() });

        html.ShouldContain("did not answer (connection refused)");
        html.ShouldMatch("btn primary\"[^>]*disabled");
    }

    private static SnapshotCatalogue Catalogue(params SnapshotEntry[] entries) => new(Some.Key(), entries, new SnapshotPolicy { PipelineId = Guid.Empty }, [], []);

    private static SnapshotEntry Entry(string name, int age, Func<Snapshot, Snapshot>? with = null)
    {
        var snapshot = new Snapshot { Id = new Guid(age, 0, 0, new byte[8]), PipelineId = Guid.Empty, Path = $"s3://state/savepoints/{name}", Kind = SnapshotKind.Savepoint, Origin = SnapshotOrigin.Operation, TakenAt = Some.Now.AddHours(-age) };
        return new SnapshotEntry(with is null ? snapshot : with(snapshot), null, null);
    }
}
