using System.Collections.Immutable;
using Microsoft.AspNetCore.Http;
using Shouldly;
using Sluice.Domain.Flink;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Metrics;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Tests.Flink;
using Sluice.Domain.Tests.Pipelines;
using Xunit;

namespace Sluice.Domain.Tests.Metrics;

public sealed class JobSamplerTests
{
    private const string JobId = "b0b6458b7a4c925bf0d361433ac641cd";
    private static readonly PipelineKey Key = new("dev", "team-orders", "order-totals");

    [Fact]
    public async Task RunAsync_RunningJob_SamplesCheckpointAndRestarts()
    {
        await using var server = await FakeJobManager.StartAsync();
        server.Answer = Answer;
        var samples = new JobSamples();
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        var sampled = new TaskCompletionSource<PipelineKey>();
        samples.Changed += key => sampled.TrySetResult(key);
        var fleet = new FakeFleet { Current = Snapshot(1, "RUNNING") };
        var run = new JobSampler(fleet, new Ways(server), samples, TimeProvider.System).RunAsync(stop.Token);
        (await sampled.Task.WaitAsync(stop.Token)).ShouldBe(Key);
        samples.Find(Key).ShouldNotBeNull().ShouldSatisfyAllConditions(
            s => s.LastCheckpointAt.ShouldBe(DateTimeOffset.FromUnixTimeMilliseconds(1795248623313)), s => s.Restarts.ShouldBe(4));

        fleet.Current = new FleetSnapshot(2, ImmutableDictionary<PipelineKey, PipelineRow>.Empty, ImmutableDictionary<string, ReflectorState>.Empty);
        while (samples.Find(Key) is not null) await Task.Delay(20, stop.Token);
        await stop.CancelAsync();
        await run;
    }

    [Fact]
    public async Task Watch_OpenPipeline_IsSampledEveryTwoSeconds()
    {
        await using var server = await FakeJobManager.StartAsync();
        server.Answer = Answer;
        var samples = new JobSamples();
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(15));
        var count = 0;
        var twice = new TaskCompletionSource();
        samples.Changed += _ =>
        {
            if (Interlocked.Increment(ref count) == 2) twice.TrySetResult();
        };
        var sampler = new JobSampler(new FakeFleet { Current = Snapshot(1, "RUNNING") }, new Ways(server), samples, TimeProvider.System);
        using var watch = sampler.Watch(Key);
        var run = sampler.RunAsync(stop.Token);
        await twice.Task.WaitAsync(TimeSpan.FromSeconds(6), stop.Token);
        await stop.CancelAsync();
        await run;
    }

    [Fact]
    public async Task RunAsync_JobDoesNotRun_IsNotAsked()
    {
        await using var server = await FakeJobManager.StartAsync();
        server.Answer = Answer;
        var fleet = new FakeFleet { Current = Snapshot(1, "SUSPENDED") };
        using var stop = new CancellationTokenSource();
        var run = new JobSampler(fleet, new Ways(server), new JobSamples(), TimeProvider.System).RunAsync(stop.Token);
        while (fleet.Reads < 2) await Task.Delay(20, TestContext.Current.CancellationToken);
        await stop.CancelAsync();
        await run;
        server.Requests.ShouldBeEmpty();
    }

    private static Task Answer(HttpContext context) => context.Response.WriteAsync(context.Request.Path.Value!.EndsWith("/metrics", StringComparison.Ordinal)
        ? """[{"id":"numRestarts","value":"4"}]"""
        : """{"counts":{"completed":1},"latest":{"completed":{"id":6,"status":"COMPLETED","latest_ack_timestamp":1795248623313}},"history":[]}""");

    private static FleetSnapshot Snapshot(long version, string state)
    {
        var resource = new FlinkResourceRecord { ObjectKey = new ObjectKey(Key.Namespace, Key.Name), Uid = "u", ResourceVersion = "1", Resource = FlinkResource.Deployment, HasJob = true, JobState = state, JobId = JobId };
        var row = new PipelineRow { Key = Key, Resource = resource, Kind = PipelineKind.FlinkJar, State = new PipelineState(SyncState.InSync, HealthState.Healthy, PipelinePhase.None) };
        return new FleetSnapshot(version, ImmutableDictionary<PipelineKey, PipelineRow>.Empty.Add(Key, row), ImmutableDictionary<string, ReflectorState>.Empty);
    }

    private sealed class Ways(FakeJobManager server) : IJobManagers
    {
        public IJobManager Of(PipelineKey key, string deployment) => server.Client;
    }
}
