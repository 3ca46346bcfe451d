using Shouldly;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Snapshots;
using Xunit;

namespace Sluice.Domain.Tests.Snapshots;

public sealed class RetentionPlanTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Of_KeepNewest_LetsTheOlderOnesGo()
    {
        var all = Taken(5);

        Going(new(2, null, false, default), all).ShouldBe([all[2].Path, all[3].Path, all[4].Path]);
    }

    [Fact]
    public void Of_KeepForAndNewest_EitherKeeps()
    {
        // Taken every 12 hours: 0, 12, 24, 36, 48 hours old.
        var all = Taken(5);

        Going(new(1, TimeSpan.FromHours(30), false, default), all).ShouldBe([all[3].Path, all[4].Path]);
        Going(new(4, TimeSpan.FromHours(6), false, default), all).ShouldBe([all[4].Path]);
    }

    [Fact]
    public void Of_OlderThanAllowed_StillKeepsTheNewestUsableOne()
    {
        var all = Taken(3, begin: TimeSpan.FromDays(30));
        all[0] = all[0] with { Drained = true };

        // The newest is that of a drain, from which nothing continues; the next one is what the pipeline has.
        Going(new(null, TimeSpan.FromDays(1), false, default), all).ShouldBe([all[0].Path, all[2].Path]);
    }

    [Fact]
    public void Of_Drained_TakesNoPlaceOfOneThatCanBeResumedFrom()
    {
        var all = Taken(4);
        all[0] = all[0] with { Drained = true };

        Going(new(2, null, false, default), all).ShouldBe([all[3].Path]);
    }

    [Fact]
    public void Of_SnapshotsOfOthers_AreLeftAloneUnlessTheRuleSaysSo()
    {
        var all = Taken(4);
        all[2] = all[2] with { Origin = SnapshotOrigin.Other };
        all[3] = all[3] with { Origin = SnapshotOrigin.OperatorPeriodic };

        Going(new(1, null, false, default), all).ShouldBe([all[1].Path]);
        Going(new(1, null, true, default), all).ShouldBe([all[1].Path, all[2].Path, all[3].Path]);
    }

    [Fact]
    public void Of_WhatDependsOnAnOldOne_KeepsIt()
    {
        var all = Taken(6);
        all[5] = all[5] with { VerifiedAt = Now, VerifiedJob = "job" };
        all[2] = all[2] with { Held = true };
        var resource = Resource() with { JobId = "job", UpgradeSavepointPath = all[4].Path.Replace("file:/", "file:///", StringComparison.Ordinal), InitialSavepointPath = all[3].Path };

        Going(new(1, null, true, default), all, resource).ShouldBe([all[1].Path]);
    }

    [Fact]
    public void Of_CheckpointsAndThoseOnTheirWay_AreNeverCounted()
    {
        var all = Taken(4);
        all[0] = all[0] with { Kind = SnapshotKind.Checkpoint, Origin = SnapshotOrigin.Job };
        all[1] = all[1] with { State = SnapshotState.Quarantined };

        Going(new(1, null, true, default), all).ShouldBe([all[3].Path]);
    }

    [Fact]
    public void Of_RandomCatalogues_NeverLetsGoWhatThePipelineNeeds()
    {
        var random = new Random(7);
        for (var run = 0; run < 500; run++)
        {
            var all = Taken(random.Next(1, 12)).Select(s => s with
            {
                Drained = random.Next(5) == 0,
                Origin = (SnapshotOrigin)random.Next(6),
                Kind = random.Next(5) == 0 ? SnapshotKind.Checkpoint : SnapshotKind.Savepoint,
                State = (SnapshotState)random.Next(5),
            }).ToArray();
            var resource = Resource() with { UpgradeSavepointPath = all[random.Next(all.Length)].Path };
            var rule = new RetentionRule(random.Next(2) == 0 ? random.Next(1, 4) : null, TimeSpan.FromHours(random.Next(1, 40)), random.Next(2) == 0, default);

            var going = Going(rule, all, resource);

            going.ShouldNotContain(resource.UpgradeSavepointPath!);
            if (all.Where(s => s.Usable && s.Kind == SnapshotKind.Savepoint).MaxBy(s => s.TakenAt) is { } newest) going.ShouldNotContain(newest.Path);
            all.Where(s => going.Contains(s.Path)).ShouldAllBe(s => s.State == SnapshotState.Available && s.Kind == SnapshotKind.Savepoint && (rule.Others || s.Ours));
        }
    }

    [Theory]
    [InlineData(null, null, "would remove everything")]
    [InlineData(0, null, "1 to 1000")]
    [InlineData(3, 0, "one hour to ten years")]
    public void Doubt_IncompleteRule_SaysWhatIsAllowed(int? newest, int? hours, string says) =>
        new RetentionRule(newest, hours is { } h ? TimeSpan.FromHours(h) : null, false, default).Doubt().ShouldNotBeNull().Words.ShouldContain(says);

    private static IReadOnlyList<string> Going(RetentionRule rule, IReadOnlyList<Snapshot> all, FlinkResourceRecord? resource = null) =>
        [.. RetentionPlan.Of(rule, all, SnapshotUse.Of(all, resource ?? Resource(), null), Now).Where(v => v.Goes).Select(v => v.Snapshot.Path)];

    private static FlinkResourceRecord Resource() => new() { ObjectKey = new ObjectKey("ns", "name"), Uid = "1", ResourceVersion = "1", Resource = FlinkResource.Deployment };

    private static Snapshot[] Taken(int count, TimeSpan begin = default) =>
    [
        .. Enumerable.Range(0, count).Select(i => new Snapshot
        {
            Id = new Guid(i + 1, 0, 0, new byte[8]),
            PipelineId = Guid.Empty,
            Path = $"file:/savepoints/savepoint-{i}",
            Kind = SnapshotKind.Savepoint,
            Origin = i % 2 == 0 ? SnapshotOrigin.Schedule : SnapshotOrigin.Operation,
            TakenAt = Now - begin - TimeSpan.FromHours(12 * i),
        }),
    ];
}
