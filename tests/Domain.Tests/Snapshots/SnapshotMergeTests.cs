using System.Text.Json;
using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Domain.Clusters;
using Sluice.Domain.Flink;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Operations;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Snapshots;
using Xunit;

namespace Sluice.Domain.Tests.Snapshots;

/// <summary>Each source's sightings, and what becomes of them together.</summary>
public sealed class SnapshotMergeTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
    private int _ids;

    [Fact]
    public void OfOperations_SavepointDrainAndSchedule_AreToldApart()
    {
        var seen = SnapshotSources.OfOperations([Done(1, OperationKind.Savepoint, "demo", "await-savepoint", "s3://s/a"), Done(2, OperationKind.Savepoint, "schedule", "await-savepoint", "s3://s/b"), Done(3, OperationKind.Drain, "demo", "await-stopped", "s3://s/c")]).ToList();

        seen.Select(s => (s.Path, s.Origin, s.Drained)).ShouldBe([("s3://s/c", SnapshotOrigin.Operation, true), ("s3://s/b", SnapshotOrigin.Schedule, false), ("s3://s/a", SnapshotOrigin.Operation, false)]);
    }

    [Fact]
    public void OfResource_OlderAndNewerOperator_NamesTheirSavepoints()
    {
        var older = Resource() with { LastSavepoint = new LegacySavepoint("file:/s/periodic", null, Now, "PERIODIC") };
        var newer = Resource() with { UpgradeSavepointPath = "file:/s/upgrade", JobUpdatedAt = Now };
        var stopped = Resource() with { UpgradeSavepointPath = "file:/c/abc/chk-17" };

        SnapshotSources.OfResource(older).Single().Origin.ShouldBe(SnapshotOrigin.OperatorPeriodic);
        SnapshotSources.OfResource(newer).Single().Origin.ShouldBe(SnapshotOrigin.OperatorUpgrade);
        Merge([], SnapshotSources.OfResource(stopped)).Single().Kind.ShouldBe(SnapshotKind.Checkpoint);
    }

    [Fact]
    public void OfHistory_OfAnOlderOperator_ReadsAllWithFormatAndTime()
    {
        var resource = (JsonObject)JsonNode.Parse("""
            {"status":{"jobStatus":{"savepointInfo":{
              "lastSavepoint":{"location":"file:/s/b","timeStamp":1795262400000,"triggerType":"MANUAL","formatType":"CANONICAL","triggerNonce":3},
              "savepointHistory":[{"location":"file:/s/a","timeStamp":1795258800000,"triggerType":"PERIODIC","formatType":"NATIVE"},{"location":"file:/s/b","timeStamp":1795262400000,"triggerType":"MANUAL","formatType":"CANONICAL"},{"location":""}]}}}}
            """)!;

        var rows = Merge([], SnapshotSources.OfHistory(resource));

        rows.Select(s => (s.Path, s.Origin, s.Format, s.Listed)).ShouldBe([("file:/s/a", SnapshotOrigin.OperatorPeriodic, "NATIVE", true), ("file:/s/b", SnapshotOrigin.Other, "CANONICAL", true)]);
        rows[1].TakenAt.ShouldBe(DateTimeOffset.FromUnixTimeMilliseconds(1795262400000));
    }

    [Fact]
    public void OfObject_CompletedOnes_HaveOriginDurationAndDisposal()
    {
        var periodic = Object("orders-savepoint-periodic-1", "PERIODIC", "COMPLETED", "file:/s/a", dispose: true);
        var ours = Object("sluice-0123456789ab", "MANUAL", "COMPLETED", "file:/s/b", dispose: false);
        var failed = Object("x", "MANUAL", "FAILED", null, dispose: false);

        SnapshotSources.OfObject(periodic)!.ShouldSatisfyAllConditions(s => s.Origin.ShouldBe(SnapshotOrigin.OperatorPeriodic), s => s.Duration.ShouldBe(TimeSpan.FromSeconds(20)), s => s.DisposeOnDelete.ShouldBeTrue());
        SnapshotSources.OfObject(ours)!.Origin.ShouldBe(SnapshotOrigin.Operation);
        SnapshotSources.OfObject(failed).ShouldBeNull();
    }

    [Fact]
    public void OfJob_AddsSizeAndProof_AndOnlyTheLatestRetainedCheckpoint()
    {
        var statistics = new CheckpointStatistics(9, 0, 9, 0, 1, Checkpoint(8, false, "file:/c/chk-8"), null, null, new RestoredCheckpoint(1, Now, true, "file:///s/a"),
            [Checkpoint(9, true, "file:/s/b"), Checkpoint(8, false, "file:/c/chk-8"), Checkpoint(7, false, "file:/c/chk-7"), Checkpoint(6, true, "file:/s/gone") with { Discarded = true }], null!);
        var known = Merge([], [new SnapshotSighting("file:/s/a") { Origin = SnapshotOrigin.Operation, TakenAt = Now.AddDays(-1) }]);

        var rows = Merge(known, SnapshotSources.OfJob("job", statistics));

        rows.Select(s => s.Path).Order(StringComparer.Ordinal).ShouldBe(["file:/c/chk-8", "file:/s/a", "file:/s/b"]);
        rows.Single(s => s.Path == "file:/s/b").ShouldSatisfyAllConditions(s => s.Size.ShouldBe(1000), s => s.Duration.ShouldBe(TimeSpan.FromSeconds(3)), s => s.JobId.ShouldBe("job"));
        rows.Single(s => s.Path == "file:/s/a").ShouldSatisfyAllConditions(s => s.VerifiedAt.ShouldBe(Now), s => s.VerifiedJob.ShouldBe("job"));
    }

    [Fact]
    public void Replaced_CheckpointsOfTheSameJob_GoWhenANewerOneIsSeen()
    {
        var old = Merge([], [new SnapshotSighting("file:/c/chk-7") { Kind = SnapshotKind.Checkpoint, JobId = "job", TakenAt = Now.AddMinutes(-5) }, new SnapshotSighting("file:/c/other/chk-3") { Kind = SnapshotKind.Checkpoint, JobId = "before", TakenAt = Now.AddHours(-5) }]);
        var seen = new[] { new SnapshotSighting("file:/c/chk-8") { Kind = SnapshotKind.Checkpoint, JobId = "job", TakenAt = Now, Live = true } };

        SnapshotMerge.Replaced(Merge(old, seen), seen).Single().Path.ShouldBe("file:/c/chk-7");
    }

    [Fact]
    public void Into_OnePlaceFromEverySource_IsOneRowThatKnowsMost()
    {
        var first = Merge([], [new SnapshotSighting("file:///s/a") { Origin = SnapshotOrigin.Other, TakenAt = Now }]);
        var id = first.Single().Id;

        var then = Merge(first, [
            new SnapshotSighting("file:/s/a") { Origin = SnapshotOrigin.OperatorUpgrade, ObjectName = "orders-savepoint-upgrade-1", Format = "CANONICAL", Live = true },
            new SnapshotSighting("file:/s/a/") { Origin = SnapshotOrigin.Operation, Operation = new Guid(1, 0, 0, new byte[8]), TakenAt = Now.AddSeconds(-3) },
            new SnapshotSighting("file:/s/a") { Drained = true, Makes = false },
            new SnapshotSighting("file:/s/never-seen") { Restored = (Now, "job"), Makes = false }]).Single();

        then.ShouldSatisfyAllConditions(
            s => s.Id.ShouldBe(id), s => s.Origin.ShouldBe(SnapshotOrigin.Operation), s => s.ObjectName.ShouldBe("orders-savepoint-upgrade-1"),
            s => s.Format.ShouldBe("CANONICAL"), s => s.Drained.ShouldBeTrue(), s => s.TakenAt.ShouldBe(Now.AddSeconds(-3)), s => s.Revision.ShouldBe(4));
    }

    [Fact]
    public void Into_OneThatTheResourceNamesForAStart_KeepsTheTimeItIsKnownToBeTakenAt()
    {
        var taken = Merge([], SnapshotSources.OfOperations([Done(1, OperationKind.Savepoint, "demo", "await-savepoint", "s3://s/a")])).Single();
        // While a job is started anew from it, its resource still has the state, and the stamp, of the job before.
        var starting = Resource() with { UpgradeSavepointPath = "s3://s/a", JobUpdatedAt = taken.TakenAt.AddDays(-2) };

        Merge([taken], SnapshotSources.OfResource(starting)).ShouldAllBe(s => s.TakenAt == taken.TakenAt);
        Merge([], SnapshotSources.OfResource(starting)).Single().TakenAt.ShouldBe(taken.TakenAt.AddDays(-2));
    }

    [Fact]
    public void Into_TheSameAgain_ChangesNothing()
    {
        SnapshotSighting[] seen = [new("file:/s/a") { Origin = SnapshotOrigin.Operation, TakenAt = Now, Live = true, ObjectName = "x" }];
        var rows = Merge([], seen);

        SnapshotMerge.Into(Guid.Empty, rows, seen, Now.AddHours(1), () => throw new InvalidOperationException("no new row"), (_, _) => 4).ShouldBeEmpty();
    }

    [Fact]
    public void WithoutObject_DeletedByOthers_IsLostOnlyWhereItTookTheDataAlong()
    {
        var rows = Merge([], [new SnapshotSighting("file:/s/a") { ObjectName = "keeps" }, new SnapshotSighting("file:/s/b") { ObjectName = "takes", DisposeOnDelete = true }, new SnapshotSighting("file:/s/c") { ObjectName = "there", DisposeOnDelete = true }]);

        var changed = SnapshotMerge.WithoutObject(rows, new HashSet<string> { "there" }, Now);

        changed.Select(s => (s.Path, s.State, s.ObjectName)).ShouldBe([("file:/s/a", SnapshotState.Available, null), ("file:/s/b", SnapshotState.Lost, null)], ignoreOrder: true);
        Merge([.. changed], [new SnapshotSighting("file:/s/b") { Live = true, ObjectName = "again" }]).Single(s => s.Path == "file:/s/b").State.ShouldBe(SnapshotState.Available);
    }

    [Fact]
    public void OffTheList_OfAnOlderOperator_IsLostAndSaysWhy()
    {
        var rows = Merge([], [new SnapshotSighting("file:/s/a") { Listed = true }, new SnapshotSighting("file:/s/b") { Listed = true }]);

        var off = SnapshotMerge.OffTheList(rows, [new SnapshotSighting("file:///s/b")], Now).Single();

        off.Path.ShouldBe("file:/s/a");
        off.State.ShouldBe(SnapshotState.Lost);
        off.Note.ShouldContain("took it off its list");
    }

    [Fact]
    public void Outlived_CheckpointsOfAJobThatWasStoppedWithASavepoint_AreGone()
    {
        var rows = Merge([], [
            new SnapshotSighting("file:/c/chk-7") { Kind = SnapshotKind.Checkpoint, Origin = SnapshotOrigin.Job, JobId = "before", TakenAt = Now.AddHours(-2) },
            new SnapshotSighting("file:/c/chk-9") { Kind = SnapshotKind.Checkpoint, Origin = SnapshotOrigin.Job, JobId = "cancelled", TakenAt = Now },
            new SnapshotSighting("file:/s/a") { Origin = SnapshotOrigin.Operation, TakenAt = Now.AddHours(-1) }]);

        SnapshotMerge.Outlived(rows, "now", Now).Single().ShouldSatisfyAllConditions(s => s.Path.ShouldBe("file:/c/chk-7"), s => s.State.ShouldBe(SnapshotState.Lost), s => s.Note.ShouldContain("stopped with a savepoint"));
        SnapshotMerge.Outlived(rows, "before", Now).ShouldBeEmpty();
    }

    private IReadOnlyList<Snapshot> Merge(IReadOnlyList<Snapshot> known, IEnumerable<SnapshotSighting> seen)
    {
        var changed = SnapshotMerge.Into(Guid.Empty, known, seen, Now, () => new Guid(++_ids, 0, 0, new byte[8]), (_, _) => 4);
        return [.. known.Where(k => changed.All(c => c.Id != k.Id)), .. changed];
    }

    private static FlinkResourceRecord Resource() => new() { ObjectKey = new ObjectKey("ns", "orders"), Uid = "1", ResourceVersion = "1", Resource = FlinkResource.Deployment };

    private static Checkpoint Checkpoint(long id, bool savepoint, string path) =>
        new(id, "COMPLETED", savepoint, null, savepoint ? "CANONICAL" : null, Now.AddSeconds(-3), Now, TimeSpan.FromSeconds(3), 500, 1000, null, null, 4, 4, path, false, null, null, new Dictionary<string, CheckpointVertex>());

    private static Operation Done(int number, OperationKind kind, string actor, string step, string path) => new()
    {
        Id = new Guid(number, 0, 0, new byte[8]),
        Kind = kind,
        Pipeline = new PipelineKey("west", "ns", "orders"),
        Actor = actor,
        State = OperationState.Succeeded,
        CreatedAt = Now,
        Steps = [new OperationStep { Index = 0, Name = step, Title = "", State = StepState.Done, EndedAt = Now.AddMinutes(number), Data = new JsonObject { ["path"] = path }.ToJsonString() }],
    };

    private static StateSnapshotRecord Object(string name, string trigger, string state, string? path, bool dispose)
    {
        using var document = JsonDocument.Parse(new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = "ns", ["uid"] = "u", ["resourceVersion"] = "1", ["labels"] = new JsonObject { ["snapshot.trigger-type"] = trigger } },
            ["spec"] = new JsonObject { ["jobReference"] = new JsonObject { ["kind"] = "FlinkDeployment", ["name"] = "orders" }, ["savepoint"] = new JsonObject { ["formatType"] = "CANONICAL", ["disposeOnDelete"] = dispose } },
            ["status"] = new JsonObject { ["state"] = state, ["path"] = path, ["triggerTimestamp"] = "2026-11-21T11:59:40Z", ["resultTimestamp"] = "2026-11-21T12:00:00Z" },
        }.ToJsonString());
        return StateSnapshotRecord.Read(document.RootElement.Clone())!;
    }
}
