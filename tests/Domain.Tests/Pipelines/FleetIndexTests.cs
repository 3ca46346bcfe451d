using Shouldly;
using Sluice.Domain.Access;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Metrics;
using Sluice.Domain.Pipelines;
using Xunit;

namespace Sluice.Domain.Tests.Pipelines;

public sealed class FleetIndexTests : IAsyncDisposable
{
    private static readonly PipelineKey A = new("east", "team-a", "a");
    private readonly FakeClusters _clusters = new();
    private readonly FakeStore _store = new();
    private readonly FakeOperations _operations = new();
    private readonly FakeSamples _samples = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<string> _failures = [];
    private readonly FleetIndex _fleet;
    private Task _run = Task.CompletedTask;

    public FleetIndexTests() => _fleet = new FleetIndex(_clusters, _store, _operations, _samples, TimeProvider.System, (e, what) =>
    {
        lock (_failures) _failures.Add(what + ": " + e.Message);
    });

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _run.ContinueWith(_ => { }, TaskScheduler.Default);
        _stop.Dispose();
    }

    [Fact]
    public async Task RunAsync_RecordsOfTwoClusters_BecomeRows()
    {
        var east = _clusters.Add("east");
        var west = _clusters.Add("west");
        Start();

        east.Deployments.Set(Synced(), Record("a"), Record("b"));
        west.Jobs.Set(Synced(), Record("a") with { Resource = FlinkResource.SessionJob });

        await Until(() => _fleet.Current.Rows.Count == 3);
        _fleet.Current.Rows[A].State.Health.ShouldBe(HealthState.Healthy);
        _fleet.Current.Rows.ShouldContainKey(new PipelineKey("west", "team-a", "a", FlinkResource.SessionJob));
        await Until(() => _fleet.Current.Clusters.Count == 2);
    }

    [Fact]
    public async Task RunAsync_RecordRemoved_RowGoes()
    {
        var east = _clusters.Add("east");
        Start();
        east.Deployments.Set(Synced(), Record("a"), Record("b"));
        await Until(() => _fleet.Current.Rows.Count == 2);

        east.Deployments.Remove(new ObjectKey("team-a", "a"));

        await Until(() => _fleet.Current.Rows.Count == 1);
        _fleet.Current.Rows.ShouldNotContainKey(A);
    }

    [Fact]
    public async Task RunAsync_ClusterCutOff_KeepsRowsMarkedStaleUntilItIsBack()
    {
        var east = _clusters.Add("east");
        Start();
        east.Deployments.Set(Synced(), Record("a"));
        await Until(() => _fleet.Current.Rows.Count == 1);
        var cut = DateTimeOffset.UtcNow.AddSeconds(-30);

        east.Deployments.State(new ReflectorState(ReflectorPhase.Stale, cut, "no connection"));
        await Until(() => _fleet.Current.Rows[A].StaleSince == cut);
        _fleet.Current.Clusters["east"].Phase.ShouldBe(ReflectorPhase.Stale);

        east.Deployments.State(Synced());
        await Until(() => _fleet.Current.Rows[A].StaleSince is null);
    }

    [Theory]
    [InlineData(ReflectorPhase.Stale)]
    [InlineData(ReflectorPhase.Denied)]
    [InlineData(ReflectorPhase.NotServed)]
    public async Task RunAsync_RemovalInAnyPhase_RemovesTheRow(ReflectorPhase phase)
    {
        var east = _clusters.Add("east");
        Start();
        east.Deployments.Set(Synced(), Record("a"), Record("b"));
        await Until(() => _fleet.Current.Rows.Count == 2);

        east.Deployments.State(new ReflectorState(phase, DateTimeOffset.UtcNow, "for a reason"));
        east.Deployments.Remove(new ObjectKey("team-a", "a"));

        await Until(() => _fleet.Current.Rows.Count == 1);
        _fleet.Current.Rows.ShouldNotContainKey(A);
    }

    [Fact]
    public async Task RunAsync_ConnectionReplaced_KeepsRowsUntilTheNewListIsComplete()
    {
        var east = _clusters.Add("east");
        Start();
        east.Deployments.Set(Synced(), Record("a"), Record("b"));
        await Until(() => _fleet.Current.Rows.Count == 2);

        var again = _clusters.Add("east");
        await Until(() => _fleet.Current.Rows[A].StaleSince is not null);
        _fleet.Current.Rows.Count.ShouldBe(2);
        again.Deployments.Set(Synced(), Record("b"));

        await Until(() => _fleet.Current.Rows.Count == 1);
        _fleet.Current.Rows.Values.Single().StaleSince.ShouldBeNull();
    }

    [Fact]
    public async Task RunAsync_ClusterRemoved_RowsGo()
    {
        var east = _clusters.Add("east");
        Start();
        east.Deployments.Set(Synced(), Record("a"));
        await Until(() => _fleet.Current.Rows.Count == 1);

        _clusters.Remove("east");

        await Until(() => _fleet.Current.Rows.IsEmpty && _fleet.Current.Clusters.IsEmpty);
    }

    [Fact]
    public async Task RunAsync_TeamOwnsNamespace_ShowsTeamButNotAsRegistered()
    {
        var east = _clusters.Add("east");
        await _store.SaveTeamAsync(new Team("orders", "Orders", [new TeamNamespace("east", "team-a")]), default);
        Start();
        east.Deployments.Set(Synced(), Record("a"));
        await Until(() => _fleet.Current.Rows.GetValueOrDefault(A)?.Team == "orders");
        _fleet.Current.Rows[A].Registered.ShouldBeFalse();

        var id = new Guid(1, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0]);
        await _store.AddAsync(new Pipeline(id, A, "billing", PipelineKind.FlinkSql, true, "x", DateTimeOffset.UnixEpoch), new Revision(id, 1, "", "x", "", DateTimeOffset.UnixEpoch, null), default);
        await _store.AddRevisionAsync(id, "", new Actor("x"), "", null, default);

        await Until(() => _fleet.Current.Rows[A].Revision == 2);
        (_fleet.Current.Rows[A].Team, _fleet.Current.Rows[A].Registered, _fleet.Current.Rows[A].Kind).ShouldBe(("billing", true, PipelineKind.FlinkSql));
    }

    [Fact]
    public async Task RunAsync_DatabaseBroken_RowsAppearAndTheFailureIsTold()
    {
        _store.Broken = true;
        var east = _clusters.Add("east");
        Start();
        east.Deployments.Set(Synced(), Record("a"));

        await Until(() => _fleet.Current.Rows.Count == 1);
        await Until(() =>
        {
            lock (_failures) return _failures.Contains("reading teams and pipelines: no database");
        });
    }

    [Fact]
    public async Task RunAsync_OperationAndSample_ShowInTheRow()
    {
        var east = _clusters.Add("east");
        Start();
        east.Deployments.Set(Synced(), Record("a"));
        await Until(() => _fleet.Current.Rows.Count == 1);
        var at = DateTimeOffset.UtcNow;

        _operations.Set((A, new ActiveOperation(Guid.Empty, PipelinePhase.Suspending, 1, 3)));
        _samples.Set(A, new JobSample(at, at, 4));

        await Until(() => _fleet.Current.Rows[A] is { State.Phase: PipelinePhase.Suspending, Restarts: 4 } row && row.LastCheckpointAt == at);
        _operations.Set();
        await Until(() => _fleet.Current.Rows[A].State.Phase == PipelinePhase.None);
    }

    [Fact]
    public async Task ChangesAsync_ManyChangesWhileAway_ComeAsOne()
    {
        var east = _clusters.Add("east");
        Start();
        east.Deployments.Set(Synced(), Record("a"), Record("b"), Record("c"));
        await Until(() => _fleet.Current.Rows.Count == 3);
        await using var changes = _fleet.ChangesAsync(TimeSpan.Zero, _stop.Token).GetAsyncEnumerator();
        (await changes.MoveNextAsync()).ShouldBeTrue();
        changes.Current.Changed.Count.ShouldBe(3);

        for (var i = 0; i < 5; i++) east.Deployments.Change(Record("a") with { JobState = i % 2 == 0 ? "RESTARTING" : "RUNNING", ResourceVersion = "v" + i });
        east.Deployments.Change(Record("b") with { Image = "other" });
        await Until(() => _fleet.Current.Rows[A with { Name = "b" }].Resource.Image == "other");

        (await changes.MoveNextAsync()).ShouldBeTrue();
        changes.Current.Changed.ShouldBe([A, A with { Name = "b" }], ignoreOrder: true);
        changes.Current.Snapshot.Rows[A].State.Health.ShouldBe(HealthState.Degraded);
    }

    [Fact]
    public async Task RunAsync_TeamsChange_OnlyTheirRowsAreMadeAnew()
    {
        var east = _clusters.Add("east");
        Start();
        east.Deployments.Set(Synced(), Record("a"), Record("b"));
        await Until(() => _fleet.Current.Rows.Count == 2);
        var other = _fleet.Current.Rows[A with { Name = "b" }];

        await _store.AddAsync(new Pipeline(Guid.NewGuid(), A, "billing", PipelineKind.FlinkSql, true, "x", DateTimeOffset.UnixEpoch), new Revision(Guid.NewGuid(), 1, "", "x", "", DateTimeOffset.UnixEpoch, null), default);

        await Until(() => _fleet.Current.Rows[A].Team == "billing");
        _fleet.Current.Rows[A with { Name = "b" }].ShouldBeSameAs(other);
    }

    [Fact]
    public async Task RunAsync_DatabaseHangs_ClustersAreFollowedAllTheSame()
    {
        _store.Hang = new TaskCompletionSource();
        var east = _clusters.Add("east");
        Start();
        east.Deployments.Set(Synced(), Record("a"));

        await Until(() => _fleet.Current.Rows.Count == 1);
        east.Deployments.Change(Record("a") with { JobState = "RESTARTING", ResourceVersion = "v2" });
        await Until(() => _fleet.Current.Rows[A].State.Health == HealthState.Degraded);
        await _store.SaveTeamAsync(new Team("ads", "Ads", [new TeamNamespace("east", "team-a")]), default);
        _store.Hang.SetResult();
        await Until(() => _fleet.Current.Rows[A].Team == "ads");
    }

    [Fact]
    public async Task ChangesAsync_AfterAQuietTime_ComeAtOnceAndThenByFrames()
    {
        var east = _clusters.Add("east");
        Start();
        east.Deployments.Set(Synced(), Record("a"));
        await Until(() => _fleet.Current.Rows.Count == 1);
        // With an interval of an hour only what comes without waiting comes at all.
        using var leave = new CancellationTokenSource();
        await using var changes = _fleet.ChangesAsync(_fleet.Current, TimeSpan.FromHours(1), leave.Token).GetAsyncEnumerator();
        var next = changes.MoveNextAsync().AsTask();
        next.IsCompleted.ShouldBeFalse();

        east.Deployments.Change(Record("a") with { Image = "other", ResourceVersion = "v2" });

        (await next.WaitAsync(TimeSpan.FromSeconds(60))).ShouldBeTrue();
        changes.Current.Snapshot.Rows[A].Resource.Image.ShouldBe("other");
        next = changes.MoveNextAsync().AsTask();
        east.Deployments.Change(Record("a") with { Image = "third", ResourceVersion = "v3" });
        await Until(() => _fleet.Current.Rows[A].Resource.Image == "third");
        next.IsCompleted.ShouldBeFalse();
        await leave.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(next);
    }

    [Fact]
    public async Task ChangesAsync_WithAPace_TellsOfWhatIsInViewAtOnceAndOfOthersWithIt()
    {
        var east = _clusters.Add("east");
        Start();
        east.Deployments.Set(Synced(), Record("a"), Record("b"));
        await Until(() => _fleet.Current.Rows.Count == 2);
        // After the first change others rest for an hour: only what concerns the view comes at all.
        using var leave = new CancellationTokenSource();
        var pace = new FleetPace(TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1), () => [A]);
        await using var changes = _fleet.ChangesAsync(_fleet.Current, pace, leave.Token).GetAsyncEnumerator();
        var next = changes.MoveNextAsync().AsTask();
        east.Deployments.Change(Record("b") with { Image = "first", ResourceVersion = "v2" });
        (await next.WaitAsync(TimeSpan.FromSeconds(60))).ShouldBeTrue();

        next = changes.MoveNextAsync().AsTask();
        east.Deployments.Change(Record("b") with { Image = "other", ResourceVersion = "v3" });
        await Until(() => _fleet.Current.Rows.Values.Any(row => row.Resource.Image == "other"));
        next.IsCompleted.ShouldBeFalse();
        east.Deployments.Change(Record("a") with { Image = "seen", ResourceVersion = "v4" });

        (await next.WaitAsync(TimeSpan.FromSeconds(60))).ShouldBeTrue();
        changes.Current.Changed.Count.ShouldBe(2);
        changes.Current.Snapshot.Rows[A].Resource.Image.ShouldBe("seen");
        next = changes.MoveNextAsync().AsTask();
        east.Deployments.Set(new ReflectorState(ReflectorPhase.Stale, DateTimeOffset.UtcNow, "connection refused"), Record("a"), Record("b"));
        (await next.WaitAsync(TimeSpan.FromSeconds(60))).ShouldBeTrue();
        next = changes.MoveNextAsync().AsTask();
        await leave.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(next);
    }

    [Fact]
    public async Task RunAsync_AClusterConfirmsItsRecords_IsNoChangeOfTheCluster()
    {
        var east = _clusters.Add("east");
        Start();
        var at = DateTimeOffset.UtcNow;
        east.Deployments.Set(new ReflectorState(ReflectorPhase.Synced, at), Record("a"));
        east.Jobs.Set(new ReflectorState(ReflectorPhase.Synced, at));
        await Until(() => _fleet.Current.Clusters.TryGetValue("east", out var state) && state.Phase == ReflectorPhase.Synced && _fleet.Current.Rows.Count == 1);
        var seen = _fleet.Current;

        east.Deployments.State(new ReflectorState(ReflectorPhase.Synced, at.AddSeconds(1)));
        east.Jobs.State(new ReflectorState(ReflectorPhase.Synced, at.AddSeconds(1)));
        await Until(() => _fleet.Current.Clusters["east"].AsOf == at.AddSeconds(1));
        await using var changes = _fleet.ChangesAsync(seen, TimeSpan.Zero, _stop.Token).GetAsyncEnumerator();
        await changes.MoveNextAsync();
        changes.Current.ClustersChanged.ShouldBeFalse();

        east.Deployments.State(new ReflectorState(ReflectorPhase.Stale, at.AddSeconds(1), "connection refused"));
        while (!changes.Current.ClustersChanged) await changes.MoveNextAsync();
        changes.Current.Snapshot.Clusters["east"].Phase.ShouldBe(ReflectorPhase.Stale);
    }

    [Fact]
    public async Task Triage_OfTheIndex_FollowsItsRowsAndKnowsSinceWhen()
    {
        var east = _clusters.Add("east");
        Start();
        _fleet.Triage.Lines.ShouldBeEmpty();
        east.Deployments.Set(Synced(), Record("a"), Record("b"));
        await Until(() => _fleet.Current.Rows.Count == 2);
        var before = DateTimeOffset.UtcNow;

        east.Deployments.Change(Record("a") with { JobState = "FAILED", ResourceVersion = "v2" });

        await Until(() => _fleet.Triage.Lines.Count == 1);
        var line = _fleet.Triage.Lines[0];
        (line.Cause.Label, line.Count, line.Health).ShouldBe(("Job failed", 1, HealthState.Failed));
        line.Since.ShouldNotBeNull().ShouldBeGreaterThanOrEqualTo(before);
        var same = _fleet.Triage;
        _fleet.Triage.ShouldBeSameAs(same);

        east.Deployments.Change(Record("a") with { JobState = "RUNNING", ResourceVersion = "v3" });
        await Until(() => _fleet.Triage.Lines.Count == 0);
        _fleet.Current.Rows[A].WrongSince.ShouldBeNull();
    }

    [Fact]
    public async Task ChangesAsync_SleptLongerThanTheLog_StillGetsEveryKey()
    {
        var east = _clusters.Add("east");
        Start();
        east.Deployments.Set(Synced(), Record("a"), Record("b"));
        await Until(() => _fleet.Current.Rows.Count == 2);
        await using var changes = _fleet.ChangesAsync(TimeSpan.Zero, _stop.Token).GetAsyncEnumerator();
        await changes.MoveNextAsync();

        east.Deployments.Remove(new ObjectKey("team-a", "b"));
        await Until(() => _fleet.Current.Rows.Count == 1);
        for (var i = 0; i < 600; i++)
        {
            east.Deployments.Change(Record("a") with { ResourceVersion = "v" + i });
            var version = "v" + i;
            await Until(() => _fleet.Current.Rows[A].Resource.ResourceVersion == version);
        }

        await changes.MoveNextAsync();
        changes.Current.Changed.ShouldBe([A, A with { Name = "b" }], ignoreOrder: true);
    }

    [Fact]
    public void Tick_ErrorGrowsOld_ChangesOnlyThatRow()
    {
        var now = DateTimeOffset.UnixEpoch;
        var table = new FleetTable();
        table.Set(A, Record("a"), now);
        table.Set(A with { Name = "b" }, Record("b"), now);
        table.Set(A, Record("a") with { Error = new OperatorError("ReconciliationException", "no", null) }, now);
        table.Take();

        table.Tick(now.AddSeconds(14));
        table.Changed.ShouldBeEmpty();
        table.Tick(now.AddSeconds(15));

        table.Changed.ShouldBe([A]);
        table.Row(A)!.State.Health.ShouldBe(HealthState.Degraded);
    }

    private static ReflectorState Synced() => new(ReflectorPhase.Synced, DateTimeOffset.UtcNow);

    private static FlinkResourceRecord Record(string name) => new()
    {
        ObjectKey = new ObjectKey("team-a", name), Uid = "u" + name, ResourceVersion = "1", Resource = FlinkResource.Deployment, HasJob = true, Generation = 1, ObservedGeneration = 1,
        HasStatus = true, LifecycleState = "STABLE", ReconciliationState = "DEPLOYED", JobManagerStatus = "READY", JobState = "RUNNING", HasReconciledSpec = true, ReconciledState = "running",
    };

    private void Start() => _run = _fleet.RunAsync(_stop.Token);

    private static async Task Until(Func<bool> condition)
    {
        for (var i = 0; i < 10_000; i++)
        {
            if (condition()) return;
            await Task.Delay(i < 100 ? 1 : 10);
            if (i > 1000) break;
        }
        condition().ShouldBeTrue("within 10 s");
    }
}
