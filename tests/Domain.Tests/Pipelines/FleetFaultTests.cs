using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Tests.Kubernetes;
using Sluice.Testing;
using Xunit;

namespace Sluice.Domain.Tests.Pipelines;

/// <summary>The fleet over a real reflector and a server that misbehaves: what was known stays, and nothing flickers.</summary>
public sealed class FleetFaultTests : IAsyncLifetime
{
    private const int Many = 1600;
    private readonly FakeClusters _clusters = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly FleetIndex _fleet;
    private readonly List<string> _failures = [];
    private FakeApiServer _server = null!;
    private KubernetesApi _api = null!;
    private Reflector<FlinkResourceRecord> _reflector = null!;
    private Task _run = Task.CompletedTask;

    public FleetFaultTests() => _fleet = new FleetIndex(_clusters, new FakeStore(), new FakeOperations(), new FakeSamples(), TimeProvider.System, (e, what) =>
    {
        lock (_failures) _failures.Add($"{what}: {e}");
    });

    private static ReflectorOptions Fast => new()
    {
        BackOff = (TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(200)),
        StaleAfter = TimeSpan.FromMilliseconds(50),
        ConfirmAfter = TimeSpan.FromMilliseconds(50),
        ShortWatch = TimeSpan.FromMilliseconds(5),
    };

    public async ValueTask InitializeAsync()
    {
        _server = await FakeApiServer.StartAsync();
        for (var i = 0; i < Many; i++) _server.Put($"p{i:0000}");
        _api = _server.Connect();
        _reflector = new Reflector<FlinkResourceRecord>(_api, KubernetesResource.FlinkDeployments, null, FlinkResourceReader.ReadDeployment, Fast);
        _clusters.Real["fake"] = _reflector;
        _run = _fleet.RunAsync(_stop.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _run.ContinueWith(_ => { }, TaskScheduler.Default);
        await _reflector.DisposeAsync();
        _api.Dispose();
        await _server.DisposeAsync();
        _stop.Dispose();
        _failures.ShouldBeEmpty();
    }

    [Fact]
    public async Task Relist_FailsAfterMostPages_EveryRowStaysAndTheStateSaysSo()
    {
        await SyncedAsync();
        var least = await LeastWhileAsync(async () =>
        {
            FailAfterPages();
            _server.Silently(() => _server.Delete("p0007"));
            _server.Compact();
            _server.EndWatches();
            await StateAsync(s => s is { Phase: ReflectorPhase.Stale, Why: not null });
            await Until.TrueAsync(() => _server.Requests.Count(r => r.Contains("continue=1500")) >= 3, "further tries");
            _fleet.Current.Rows.Values.ShouldAllBe(row => row.StaleSince != null);
            _server.Override = null;
            await StateAsync(s => s.Phase == ReflectorPhase.Synced);
            await Until.TrueAsync(() => _fleet.Current.Rows.Count == Many - 1 && _fleet.Current.Rows.Values.All(row => row.StaleSince is null), "the rows to be fresh");
        });

        least.ShouldBe(Many - 1);
    }

    [Fact]
    public async Task FirstList_FailsAfterMostPages_SaysWhyAndIsTriedAgain()
    {
        FailAfterPages();
        _reflector.Start();
        await StateAsync(s => s is { Phase: ReflectorPhase.Starting, Why: not null, AsOf: null });
        _fleet.Current.Rows.ShouldBeEmpty();

        _server.Override = null;
        await Until.TrueAsync(() => _fleet.Current.Rows.Count == Many, "all rows");
        await StateAsync(s => s.Phase == ReflectorPhase.Synced);
    }

    [Fact]
    public async Task Watch_TooOldOverAndOver_NoRowGoesOrIsMadeAnew()
    {
        await SyncedAsync();
        var before = _fleet.Current;
        var least = await LeastWhileAsync(async () =>
        {
            for (var i = 0; i < 4; i++)
            {
                var lists = _server.Lists;
                _server.Silently(() => _server.Put("p0003", 5 + i));
                _server.Compact();
                _server.EndWatches();
                var parallelism = 5 + i;
                await Until.TrueAsync(() => _server.Lists > lists && _fleet.Current.Rows[Key("p0003")].Resource.Parallelism == parallelism, "the list after the history was forgotten");
                await _server.WatchedAsync();
            }
        });

        least.ShouldBe(Many);
        await StateAsync(s => s.Phase == ReflectorPhase.Synced);
        _fleet.Current.Rows.Values.Count(row => !ReferenceEquals(row.Resource, before.Rows[row.Key].Resource)).ShouldBe(1);
    }

    [Fact]
    public async Task Watch_Garbage_CostsNoRow()
    {
        await SyncedAsync();
        var least = await LeastWhileAsync(async () =>
        {
            for (var i = 0; i < 3; i++)
            {
                _server.Send("\u0000\uFFFD{{{{ not json\n<html>502 Bad Gateway</html>\n");
                _server.Send("""{"type":"MODIFIED","object":{"kind":"FlinkDeployment","metadata":{"name":"x"}}}""" + "\n");
                _server.Put("p0001", 20 + i);
                var parallelism = 20 + i;
                await Until.TrueAsync(() => _fleet.Current.Rows[Key("p0001")].Resource.Parallelism == parallelism, "the change behind the garbage");
            }
        });

        least.ShouldBe(Many);
    }

    [Fact]
    public async Task ManyDeletedAtOnce_ComeAsFewChanges()
    {
        await SyncedAsync();
        var seen = _fleet.Current;

        for (var i = 0; i < Many - 100; i++) _server.Delete($"p{i:0000}");
        await Until.TrueAsync(() => _fleet.Current.Rows.Count == 100, "the rows to be gone");

        await using var changes = _fleet.ChangesAsync(seen, TimeSpan.Zero, _stop.Token).GetAsyncEnumerator();
        (await changes.MoveNextAsync()).ShouldBeTrue();
        changes.Current.Changed.Count.ShouldBe(Many - 100);
        _fleet.Current.InOrder.Select(r => r.Key.Name).ShouldBe(Enumerable.Range(Many - 100, 100).Select(i => $"p{i:0000}"));
    }

    [Fact]
    public void Read_AStatusOf900KB_KeepsAFewKB()
    {
        var trace = "org.apache.flink.util.FlinkException: broken\n" + string.Concat(Enumerable.Repeat("\tat com.example.Some.method(Some.java:17)\n", 5000));
        var error = new JsonObject { ["type"] = "org.apache.flink.kubernetes.operator.exception.ReconciliationException", ["message"] = trace, ["throwableList"] = new JsonArray(new JsonObject { ["message"] = trace }, new JsonObject { ["message"] = trace }) };
        var item = new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = "a", ["namespace"] = "b", ["uid"] = "u", ["resourceVersion"] = "1", ["labels"] = new JsonObject { ["dir"] = "\u202Eשלום 🚀 <b>" } },
            ["spec"] = new JsonObject { ["image"] = "flink", ["job"] = new JsonObject { ["entryClass"] = trace } },
            ["status"] = new JsonObject { ["error"] = error.ToJsonString(), ["jobStatus"] = new JsonObject { ["state"] = trace, ["jobName"] = trace } },
        };
        var bytes = JsonSerializer.SerializeToUtf8Bytes(item);
        bytes.Length.ShouldBeGreaterThan(900_000);

        using var document = JsonDocument.Parse(bytes);
        var record = FlinkResourceReader.ReadDeployment(document.RootElement)!;

        Characters(record).ShouldBeLessThan(8_000);
        record.Error!.Message.ShouldContain("broken");
        record.Labels["dir"].ShouldContain("שלום");
    }

    [Theory]
    [InlineData(-10)]
    [InlineData(10)]
    public void Row_OfAClusterWhoseClockIsWrong_HasNoTimesInTheFuture(int minutes)
    {
        var now = DateTimeOffset.UtcNow;
        var clock = now.AddMinutes(minutes);
        var table = new FleetTable();
        table.SetStale("fake", FlinkResource.Deployment, null, now);
        table.Set(Key("a"), new FlinkResourceRecord
        {
            ObjectKey = new ObjectKey("team", "a"), Uid = "u", ResourceVersion = "1", Resource = FlinkResource.Deployment, HasJob = true, Generation = 3, ObservedGeneration = 3, HasStatus = true, HasReconciledSpec = true,
            ReconciliationState = "DEPLOYED", LifecycleState = "STABLE", JobManagerStatus = "READY", JobState = "FAILED", CreatedAt = clock, ReconciledAt = clock, JobUpdatedAt = clock, Error = new OperatorError(null, "broken", null),
        }, now);

        var row = table.Row(Key("a"))!;
        row.StaleSince.ShouldBeNull();
        row.State.Health.ShouldBe(HealthState.Failed);
        row.WrongSince.ShouldNotBeNull().ShouldBeLessThanOrEqualTo(now);
        row.ChangedAt.ShouldNotBeNull().ShouldBeLessThanOrEqualTo(now);
    }

    private static PipelineKey Key(string name) => new("fake", "team", name);

    private static int Characters(object? value) => value switch
    {
        null => 0,
        string text => text.Length,
        IReadOnlyDictionary<string, string> texts => texts.Sum(t => t.Key.Length + t.Value.Length),
        FlinkResourceRecord or OperatorError or ObjectKey => value.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.GetIndexParameters().Length == 0).Sum(p => Characters(p.GetValue(value))),
        _ => 0,
    };

    private void FailAfterPages() => _server.Override = async context =>
    {
        if (context.Request.Query["continue"] != "1500") return false;
        await FakeApiServer.StatusAsync(context, 500, "InternalError", "etcdserver: request timed out");
        return true;
    };

    private async Task SyncedAsync()
    {
        _reflector.Start();
        await Until.TrueAsync(() => _fleet.Current.Rows.Count == Many, "all rows");
        await StateAsync(s => s.Phase == ReflectorPhase.Synced);
        await _server.WatchedAsync();
    }

    private Task StateAsync(Func<ReflectorState, bool> expected) => Until.TrueAsync(
        () => _fleet.Current.Clusters.TryGetValue("fake", out var state) && expected(state), () => $"another state of the cluster than {_fleet.Current.Clusters.GetValueOrDefault("fake")}", TimeSpan.FromSeconds(60));

    /// <summary>The least number of rows that a follower saw.</summary>
    private async Task<int> LeastWhileAsync(Func<Task> doing)
    {
        using var leave = new CancellationTokenSource();
        var least = _fleet.Current.Rows.Count;
        var following = Task.Run(async () =>
        {
            await foreach (var change in _fleet.ChangesAsync(_fleet.Current, TimeSpan.Zero, leave.Token)) least = Math.Min(least, change.Snapshot.Rows.Count);
        });
        await doing();
        await leave.CancelAsync();
        await following.ContinueWith(_ => { }, TaskScheduler.Default);
        return least;
    }
}
