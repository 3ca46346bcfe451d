using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Shouldly;
using Sluice.Domain.Kubernetes;
using Sluice.Testing;
using Xunit;

namespace Sluice.Domain.Tests.Kubernetes;

public sealed class LeaseElectorTests : IAsyncLifetime
{
    private readonly Lock _lock = new();
    private FakeApiServer _server = null!;
    private KubernetesApi _api = null!;
    private JsonObject? _lease;
    private int _version;
    private volatile bool _down;

    public async ValueTask InitializeAsync()
    {
        _server = await FakeApiServer.StartAsync();
        _server.Override = AnswerAsync;
        _api = _server.Connect();
    }

    public async ValueTask DisposeAsync()
    {
        _api.Dispose();
        await _server.DisposeAsync();
    }

    private LeaseElector Elector(string identity) => new(_api, new LeaseSettings("sluice", "workers", identity)
    {
        LeaseDuration = TimeSpan.FromSeconds(1),
        RenewDeadline = TimeSpan.FromMilliseconds(600),
        RetryPeriod = TimeSpan.FromMilliseconds(50),
    });

    // A lease with the server's rule of optimistic locking.
    private async Task<bool> AnswerAsync(HttpContext context)
    {
        if (_down)
        {
            await FakeApiServer.StatusAsync(context, 500, "InternalError", "down");
            return true;
        }

        var sent = context.Request.Method == "GET" ? null : (await JsonNode.ParseAsync(context.Request.Body))!.AsObject();
        (int Code, string Reason, string Body) answer;
        lock (_lock)
        {
            answer = context.Request.Method switch
            {
                "GET" when _lease is null => (404, "NotFound", ""),
                "POST" when _lease is not null => (409, "AlreadyExists", ""),
                "PUT" when _lease!["metadata"]!["resourceVersion"]!.GetValue<string>() != sent!["metadata"]!["resourceVersion"]!.GetValue<string>() => (409, "Conflict", ""),
                "GET" => (200, "", _lease!.ToJsonString()),
                _ => (200, "", Store(sent!)),
            };
        }

        if (answer.Code == 200) await context.Response.WriteAsync(answer.Body);
        else await FakeApiServer.StatusAsync(context, answer.Code, answer.Reason, "lease", ",\"details\":{\"name\":\"workers\"}");
        return true;
    }

    private string Store(JsonObject lease)
    {
        lease["metadata"]!["resourceVersion"] = $"{++_version}";
        _lease = lease;
        return lease.ToJsonString();
    }

    [Fact]
    public async Task Run_TwoReplicas_OnlyOneLeadsAndTheOtherTakesOverAtOnceWhenItStops()
    {
        using var stopFirst = new CancellationTokenSource();
        using var stopSecond = new CancellationTokenSource();
        var leading = 0;
        var most = 0;
        async Task Lead(CancellationToken token)
        {
            most = Math.Max(most, Interlocked.Increment(ref leading));
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, token);
            }
            finally
            {
                Interlocked.Decrement(ref leading);
            }
        }

        var (one, two) = (Elector("one"), Elector("two"));
        var first = one.RunAsync(Lead, stopFirst.Token);
        await Until.TrueAsync(() => one.IsLeader, "the first to lead");
        var second = two.RunAsync(Lead, stopSecond.Token);
        await Until.TrueAsync(() => two.Holder == "one", "the second to see the first");
        two.IsLeader.ShouldBeFalse();
        await stopFirst.CancelAsync();
        await first;
        await Until.TrueAsync(() => two.IsLeader, "the second to lead", TimeSpan.FromSeconds(5));
        one.IsLeader.ShouldBeFalse();
        await stopSecond.CancelAsync();
        await second;
        most.ShouldBe(1);
        _lease!["spec"]!["leaseTransitions"]!.GetValue<int>().ShouldBe(1);
        _lease["spec"]!["renewTime"]!.GetValue<string>().ShouldMatch(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$");
    }

    [Fact]
    public async Task Run_ServerFails_WorkIsStoppedByTheDeadlineAndLeadershipComesBack()
    {
        using var stop = new CancellationTokenSource();
        var started = 0;
        var stopped = 0;
        var elector = Elector("one");
        var run = elector.RunAsync(async token =>
        {
            Interlocked.Increment(ref started);
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, token);
            }
            finally
            {
                Interlocked.Increment(ref stopped);
            }
        }, stop.Token);
        await Until.TrueAsync(() => elector.IsLeader, "leadership");
        _down = true;
        await Until.TrueAsync(() => stopped == 1, "the work to stop", TimeSpan.FromSeconds(3));
        // A timer may fire a moment before the deadline: work stops first, then leadership is over.
        await Until.TrueAsync(() => !elector.IsLeader, "leadership to be over", TimeSpan.FromSeconds(1));
        elector.Problem.ShouldNotBeNull();
        _down = false;
        await Until.TrueAsync(() => started == 2, "leadership again", TimeSpan.FromSeconds(5));
        await stop.CancelAsync();
        await run;
    }
}
