using Microsoft.EntityFrameworkCore;
using Shouldly;
using Sluice.Domain.Operations;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Snapshots;
using Sluice.Portal.Stores.Operations;
using Sluice.Portal.Stores.Snapshots;
using Xunit;

namespace Sluice.Portal.Tests.Snapshots;

public sealed class SnapshotStoreTests(PostgresFixture database) : IClassFixture<PostgresFixture>
{
    private static readonly DateTimeOffset At = new(2026, 11, 21, 10, 0, 0, TimeSpan.Zero);
    private readonly SnapshotStore _store = new(() => database.Source, null);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task NoteAsync_Whole_IsReadAsItWasWritten()
    {
        var pipeline = await PipelineAsync("whole");
        var snapshot = Some(pipeline, "file:/s/a") with
        {
            Format = "CANONICAL", Size = 1234, Duration = TimeSpan.FromSeconds(3.5), JobId = "job", Revision = 3, Drained = true, VerifiedAt = At, VerifiedJob = "job2",
            Operation = Guid.NewGuid(), ObjectName = "x", DisposeOnDelete = true, Listed = true, Origin = SnapshotOrigin.Schedule, Note = "n",
        };

        await _store.NoteAsync([snapshot], Token);

        (await _store.ListAsync(pipeline, Token)).ShouldBe([snapshot]);
        (await _store.FindAsync(snapshot.Id, Token)).ShouldBe(snapshot);
    }

    [Fact]
    public async Task NoteAsync_SamePlaceFromTwoReplicas_IsOneRowUnderItsFirstIdentity()
    {
        var pipeline = await PipelineAsync("twice");
        var first = Some(pipeline, "file:///s/a");
        await _store.NoteAsync([first], Token);

        await Task.WhenAll(Enumerable.Range(0, 6).Select(i => _store.NoteAsync([Some(pipeline, "file:/s/a") with { Size = 10 }, Some(pipeline, "file:/s/b")], Token)));

        var rows = await _store.ListAsync(pipeline, Token);
        rows.Count.ShouldBe(2);
        rows.Single(s => s.Id == first.Id).Size.ShouldBe(10);
    }

    [Fact]
    public async Task NoteAsync_OfWhatWasDecidedMeanwhile_DoesNotUndoIt()
    {
        var pipeline = await PipelineAsync("decided");
        var seen = Some(pipeline, "file:/s/a");
        await _store.NoteAsync([seen], Token);
        await _store.ChangeAsync(seen.Id, s => s with { State = SnapshotState.Quarantined, QuarantineUntil = At, QuarantinedBy = "demo", Note = "too old" }, Token);

        await _store.NoteAsync([seen with { Size = 5 }], Token);
        (await _store.FindAsync(seen.Id, Token))!.ShouldSatisfyAllConditions(s => s.State.ShouldBe(SnapshotState.Quarantined), s => s.Note.ShouldBe("too old"), s => s.QuarantinedBy.ShouldBe("demo"), s => s.Size.ShouldBe(5));

        await _store.NoteAsync([seen with { State = SnapshotState.Lost, Note = "gone", EndedAt = At }], Token);
        (await _store.FindAsync(seen.Id, Token))!.ShouldSatisfyAllConditions(s => s.State.ShouldBe(SnapshotState.Lost), s => s.Note.ShouldBe("gone"));
        await _store.NoteAsync([seen], Token);
        (await _store.FindAsync(seen.Id, Token))!.ShouldSatisfyAllConditions(s => s.State.ShouldBe(SnapshotState.Available), s => s.Note.ShouldBe(""));

        await _store.ChangeAsync(seen.Id, s => s with { State = SnapshotState.Disposed, EndedAt = At }, Token);
        await _store.NoteAsync([seen with { State = SnapshotState.Lost }], Token);
        (await _store.FindAsync(seen.Id, Token))!.State.ShouldBe(SnapshotState.Disposed);
    }

    [Fact]
    public async Task DueForDisposalAsync_ByQuarantineAndPatience_FindsWhatIsDue()
    {
        var pipeline = await PipelineAsync("due");
        var retired = await PipelineAsync("due-retired", retired: true);
        var all = new[] { Some(pipeline, "file:/d/a"), Some(pipeline, "file:/d/b"), Some(pipeline, "file:/d/c"), Some(pipeline, "file:/d/d"), Some(retired, "file:/d/e") };
        await _store.NoteAsync(all, Token);
        await SetAsync(all[0], SnapshotState.Quarantined, At.AddMinutes(-1), null);
        await SetAsync(all[1], SnapshotState.Quarantined, At.AddMinutes(1), null);
        await SetAsync(all[2], SnapshotState.Disposing, At.AddMinutes(-2), At.AddMinutes(-1));
        await SetAsync(all[3], SnapshotState.Quarantined, At.AddMinutes(-3), At.AddMinutes(5));
        await SetAsync(all[4], SnapshotState.Quarantined, At.AddMinutes(-3), null);

        (await _store.DueForDisposalAsync(At, 10, Token)).Select(s => s.Path).ShouldBe(["file:/d/c", "file:/d/a"]);

        Task SetAsync(Snapshot snapshot, SnapshotState state, DateTimeOffset until, DateTimeOffset? after) =>
            _store.ChangeAsync(snapshot.Id, s => s with { State = state, QuarantineUntil = until, TryAfter = after }, Token);
    }

    [Fact]
    public async Task ChangePolicyAsync_ManyClaimsAtOnce_OneWins()
    {
        var pipeline = await PipelineAsync("claims");
        var schedule = new SnapshotSchedule("0 2 * * *", "Europe/Berlin", TimeSpan.FromMinutes(10));
        var rule = new RetentionRule(3, TimeSpan.FromDays(7), true, TimeSpan.FromHours(24));
        await _store.ChangePolicyAsync(pipeline, p => p with { Version = 1, Schedule = schedule, Retention = rule, Next = new SnapshotTurn(At, At.AddMinutes(3)), UpdatedBy = "demo", UpdatedAt = At }, Token);
        (await _store.DueTurnsAsync(At, 10, Token)).ShouldNotContain(p => p.PipelineId == pipeline);
        (await _store.DueTurnsAsync(At.AddMinutes(3), 10, Token)).Single(p => p.PipelineId == pipeline).ShouldSatisfyAllConditions(p => p.Schedule.ShouldBe(schedule), p => p.Retention.ShouldBe(rule));

        var won = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _store.ChangePolicyAsync(pipeline, p =>
        {
            if (p.Claimed is not null) return p;
            Interlocked.Increment(ref won);
            return p with { Claimed = p.Next!.Planned, Next = new SnapshotTurn(At.AddDays(1), At.AddDays(1)) };
        }, Token)));

        won.ShouldBe(1);
        (await _store.DueTurnsAsync(At, 10, Token)).Single(p => p.PipelineId == pipeline).Claimed.ShouldBe(At);
        await _store.ChangePolicyAsync(pipeline, p => p with { Claimed = null, LastRun = new ScheduledRun(At, true, "Asked for.", Guid.Empty) }, Token);
        (await _store.PolicyAsync(pipeline, Token)).LastRun.ShouldBe(new ScheduledRun(At, true, "Asked for.", Guid.Empty));
        (await _store.RetentionsAsync(Token)).ShouldContain(p => p.PipelineId == pipeline);
    }

    [Fact]
    public async Task MarksAsync_AfterMarking_HaveTheNewest()
    {
        var pipeline = await PipelineAsync("marks");

        await _store.MarkAsync(pipeline, "a", Token);
        await _store.MarkAsync(pipeline, "b", Token);
        await _store.MarkAsync(Guid.NewGuid(), "of a pipeline that is gone", Token);

        (await _store.MarksAsync(Token))[pipeline].ShouldBe("b");
    }

    [Fact]
    public async Task NewestSavepointsAsync_OfAMoment_HasOneOfEachThatCanBeStartedFrom()
    {
        var (one, two, gone) = (await PipelineAsync("newest-one"), await PipelineAsync("newest-two"), await PipelineAsync("newest-gone", retired: true));
        await _store.NoteAsync(
        [
            Some(one, "s3:/n/1") with { TakenAt = At.AddHours(-2) }, Some(one, "s3:/n/2") with { TakenAt = At.AddHours(-1) }, Some(one, "s3:/n/3") with { TakenAt = At.AddMinutes(-5), Drained = true },
            Some(one, "s3:/n/4") with { TakenAt = At.AddMinutes(-4), Kind = SnapshotKind.Checkpoint }, Some(one, "s3:/n/5") with { TakenAt = At.AddHours(1) },
            Some(two, "s3:/n/6") with { TakenAt = At.AddHours(2) }, Some(gone, "s3:/n/7"),
        ], Token);
        var leaving = Some(one, "s3:/n/8") with { TakenAt = At.AddMinutes(-1) };
        await _store.NoteAsync([leaving], Token);
        await _store.ChangeAsync(leaving.Id, s => s with { State = SnapshotState.Quarantined, QuarantineUntil = At.AddDays(30) }, Token);
        var (first, second) = (new PipelineKey("west", "s", "newest-one"), new PipelineKey("west", "s", "newest-two"));

        var now = await _store.NewestSavepointsAsync(null, Token);
        (now[first].Path, now[second].Path).ShouldBe(("s3:/n/5", "s3:/n/6"));
        now.Keys.ShouldNotContain(k => k.Name == "newest-gone");
        var then = await _store.NewestSavepointsAsync(At, Token);
        then[first].Path.ShouldBe("s3:/n/2");
        then.Keys.ShouldNotContain(second);
    }

    [Fact]
    public async Task OperationStore_SameIdentityTwice_IsRefusedWithIt()
    {
        var operations = new OperationStore(() => database.Source, null);
        var operation = new Operation
        {
            Id = SnapshotIds.ScheduledOperation(Guid.NewGuid(), At), Kind = OperationKind.Savepoint, Pipeline = new PipelineKey("west", "same", "identity"), Actor = "schedule",
            State = OperationState.Succeeded, CreatedAt = At, EndedAt = At, Steps = [],
        };
        await operations.AddAsync(operation, Token);

        (await Should.ThrowAsync<OperationRefusedException>(() => operations.AddAsync(operation, Token))).ActiveOperation.ShouldBe(operation.Id);
    }

    private async Task<Guid> PipelineAsync(string name, bool retired = false)
    {
        await using var context = database.Contexts.CreateDbContext();
        if (!await context.Teams.AnyAsync(t => t.Name == "snapshots", Token)) context.Teams.Add(new() { Name = "snapshots", DisplayName = "Snapshots" });
        var id = Guid.NewGuid();
        context.Pipelines.Add(new() { Id = id, Cluster = "west", Namespace = "s", Name = name, Team = "snapshots", CreatedBy = "demo", CreatedAt = At, RetiredAt = retired ? At : null });
        await context.SaveChangesAsync(Token);
        return id;
    }

    private static Snapshot Some(Guid pipeline, string path) => new() { Id = Guid.NewGuid(), PipelineId = pipeline, Path = path, Kind = SnapshotKind.Savepoint, TakenAt = At };
}
