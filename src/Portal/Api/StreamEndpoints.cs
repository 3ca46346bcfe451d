using System.Collections.Immutable;
using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Sluice.Domain.Operations;
using Sluice.Domain.Pipelines;
using Sluice.Portal.Client.Features.Pipelines.List;

namespace Sluice.Portal.Api;

/// <summary>
/// Changes of the fleet and of active operations as server-sent events. It begins with the newest state (event <c>reset</c>, then the rows), unless
/// Last-Event-ID says that the caller has it. A caller that falls behind gets fewer, merged changes, never a queue.
/// </summary>
public static class StreamEndpoints
{
    private const int RowsAtOnce = 500;
    private const int Most = 256;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
    internal static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    // Versions begin anew with each process, so an id of another one says nothing.
    private static readonly string Process = Guid.NewGuid().ToString("N")[..8];

    private static int _open;

    public static void MapStream(this RouteGroupBuilder api) =>
        api.MapGet("/stream", Open)
        .WithName("Stream").WithTags("Stream").WithSummary("Live changes; takes the filters of the pipelines list. Events: reset, pipelines, removed, clusters, operations, upto, heartbeat.").Produces<string>(200, "text/event-stream");

    private static IResult Open(HttpContext context, IFleet fleet, IOperationService operations, TimeProvider time, IHostApplicationLifetime lifetime)
    {
        if (Interlocked.Increment(ref _open) > Most)
        {
            Interlocked.Decrement(ref _open);
            context.Response.Headers.RetryAfter = "15";
            return Problems.Result(StatusCodes.Status503ServiceUnavailable, "too-many-streams", "Too many streams", $"{Most} streams are open on this replica. One stream with a wide filter serves many readers; try again later.");
        }

        context.Response.OnCompleted(static () =>
        {
            Interlocked.Decrement(ref _open);
            return Task.CompletedTask;
        });
        return TypedResults.ServerSentEvents(FollowAsync(
            FleetUrlState.Parse(context.Request.QueryString.Value ?? ""), context.Request.Headers["Last-Event-ID"].ToString(), fleet, operations, time, lifetime.UntilStop(context)));
    }

    private static async IAsyncEnumerable<SseItem<object>> FollowAsync(
        FleetUrlState state, string lastId, IFleet fleet, IOperationService operations, TimeProvider time, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var matcher = new FleetMatcher(state);
        var changes = Channel.CreateBounded<FleetChange>(1);
        var wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        void OnActive() => wake.Writer.TryWrite(true);
        operations.ActiveChanged += OnActive;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var pump = PumpAsync(fleet, changes.Writer, wake.Writer, stop.Token);
        HashSet<PipelineKey> shown = [];
        var first = true;
        ImmutableArray<OperationNow> active = [];
        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                while (changes.Reader.TryRead(out var change))
                {
                    var id = Process + "-" + change.Snapshot.Version.ToString(CultureInfo.InvariantCulture);
                    foreach (var item in Items(change, matcher, shown, first && lastId != id, first, id))
                    {
                        // When this replica stops, its readers must not all come back in the same moment.
                        yield return first ? item with { ReconnectionInterval = TimeSpan.FromMilliseconds(Random.Shared.Next(1000, 5000)) } : item;
                        first = false;
                    }
                }

                var now = Active(operations);
                if (!now.SequenceEqual(active)) yield return new(now, "operations");
                active = now;
                if (!await WaitAsync(wake.Reader, time, cancellationToken)) yield return new(new { at = time.GetUtcNow() }, "heartbeat");
            }
        }
        finally
        {
            operations.ActiveChanged -= OnActive;
            await stop.CancelAsync();
            await pump.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static IEnumerable<SseItem<object>> Items(FleetChange change, FleetMatcher matcher, HashSet<PipelineKey> shown, bool reset, bool first, string id)
    {
        List<PipelineRow> rows = [];
        List<PipelineKey> removed = [];
        foreach (var key in change.Changed)
        {
            if (change.Snapshot.Rows.TryGetValue(key, out var row) && matcher.Matches(row))
            {
                shown.Add(key);
                rows.Add(row);
            }
            else if (shown.Remove(key))
            {
                removed.Add(key);
            }
        }

        if (first && !reset)
        {
            // Answers a resumed stream at once: it goes on from where the caller is.
            yield return new(new { version = change.Snapshot.Version }, "upto") { EventId = id };
            yield break;
        }

        if (reset) yield return new(new { matching = rows.Count, total = change.Snapshot.Rows.Count }, "reset");
        if (reset || change.ClustersChanged) yield return new(change.Snapshot.Clusters, "clusters");
        if (removed.Count > 0) yield return new(removed.Select(k => new { k.Cluster, k.Namespace, k.Name, k.Resource }).ToList(), "removed");
        foreach (var some in rows.Chunk(RowsAtOnce)) yield return new(some.Select(PipelineView.Of).ToList(), "pipelines");
        // Only here has the caller all of this version.
        yield return new(new { version = change.Snapshot.Version }, "upto") { EventId = id };
    }

    private static async Task PumpAsync(IFleet fleet, ChannelWriter<FleetChange> changes, ChannelWriter<bool> wake, CancellationToken cancellationToken)
    {
        // The channel holds one change; while it is full the fleet merges the next ones.
        await foreach (var change in fleet.ChangesAsync(Interval, cancellationToken))
        {
            await changes.WriteAsync(change, cancellationToken);
            wake.TryWrite(true);
        }
    }

    private static async Task<bool> WaitAsync(ChannelReader<bool> wake, TimeProvider time, CancellationToken cancellationToken)
    {
        using var beat = new CancellationTokenSource(Heartbeat, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(beat.Token, cancellationToken);
        try
        {
            await wake.ReadAsync(either.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            // The beat, or the end, which the caller of this looks for.
            return cancellationToken.IsCancellationRequested;
        }
    }

    private static ImmutableArray<OperationNow> Active(IOperationService operations) =>
        [.. operations.Active.Select(a => new OperationNow(a.Key.Cluster, a.Key.Namespace, a.Key.Name, a.Key.Resource, a.Value.Id, a.Value.Phase, a.Value.Step, a.Value.Steps)).OrderBy(o => o.Id)];

    private sealed record OperationNow(string Cluster, string Namespace, string Name, FlinkResource Resource, Guid Id, PipelinePhase Phase, int Step, int Steps);
}
