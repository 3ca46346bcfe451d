using Shouldly;
using Sluice.Domain.Kubernetes;
using Xunit;

namespace Sluice.Domain.Tests.Kubernetes;

public sealed class ApiMeterTests
{
    private readonly Clock _clock = new();

    [Fact]
    public void Read_ManyLatencies_GivesQuantilesWithinAFifthAndNeverTooLow()
    {
        var meter = new ApiMeter(_clock);
        for (var i = 1; i <= 1000; i++) meter.Answered(TimeSpan.FromMilliseconds(i));
        var figures = meter.Read();
        figures.Answers.ShouldBe(1000);
        figures.P50!.Value.TotalMilliseconds.ShouldBeInRange(500, 600);
        figures.P99!.Value.TotalMilliseconds.ShouldBeInRange(990, 1190);
    }

    [Fact]
    public void Read_AfterFiveMinutes_ForgetsAllButTheLastError()
    {
        var meter = new ApiMeter(_clock);
        meter.Sent();
        meter.HeldBack();
        meter.Answered(TimeSpan.FromSeconds(2));
        meter.Failed("it broke");
        _clock.Pass(TimeSpan.FromSeconds(100));
        meter.Read().Errors.ShouldBe(1);
        meter.Read().PerSecond.ShouldBe(0.01, 0.001);
        _clock.Pass(TimeSpan.FromSeconds(310));
        meter.Read().ShouldSatisfyAllConditions(
            f => f.Answers.ShouldBe(0), f => f.P50.ShouldBeNull(), f => f.Errors.ShouldBe(0), f => f.HeldBack.ShouldBe(0), f => f.PerSecond.ShouldBe(0),
            f => f.LastError.ShouldBe("it broke"), f => f.Window.ShouldBe(TimeSpan.FromMinutes(5)));
        meter.Answered(TimeSpan.FromMilliseconds(4));
        meter.Read().Answers.ShouldBe(1);
    }

    [Fact]
    public async Task Answered_ByManyThreadsAtOnce_LosesNothingWithinASlice()
    {
        var meter = new ApiMeter(_clock);
        meter.Sent();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 10_000; i++) meter.Answered(TimeSpan.FromMilliseconds(1));
        }, TestContext.Current.CancellationToken)));
        meter.Read().Answers.ShouldBe(40_000);
    }

    [Fact]
    public async Task Figures_OfARefusedCall_NameItAndLeaveOutWhatWasOnlyNotFound()
    {
        await using var server = await FakeApiServer.StartAsync();
        using var api = server.Connect();
        server.Override = async context =>
        {
            await FakeApiServer.StatusAsync(context, context.Request.Path.Value!.EndsWith("/gone", StringComparison.Ordinal) ? 404 : 403, "Scripted", "may not");
            return true;
        };
        foreach (var name in (string[])["gone", "secret"])
            await Should.ThrowAsync<KubernetesException>(() => api.GetAsync(KubernetesResource.FlinkDeployments, "team", name, TestContext.Current.CancellationToken));
        api.Figures.ShouldSatisfyAllConditions(f => f.Answers.ShouldBe(2), f => f.Errors.ShouldBe(1), f => f.LastError!.ShouldContain("secret"), f => f.LastErrorAt.ShouldNotBeNull());
    }

    private sealed class Clock : TimeProvider
    {
        private long _now = 1;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        public void Pass(TimeSpan time) => _now += time.Ticks;
    }
}
