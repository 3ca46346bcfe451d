using Microsoft.AspNetCore.Http;
using Shouldly;
using Sluice.Domain.Flink;
using Xunit;

namespace Sluice.Domain.Tests.Flink;

/// <summary>The cases that matter most, with answers made by hand: they run everywhere.</summary>
public sealed class JobManagerClientTests
{
    private const string Job = "b0b6458b7a4c925bf0d361433ac641cd";
    private const string Vertex = "8eeed16b661251f13cfc6a3c5e75c420";

    private const string Checkpoints = """
        {"counts":{"restored":1,"total":3,"in_progress":0,"completed":2,"failed":1},
         "summary":{"end_to_end_duration":{"min":93,"max":181,"avg":123,"p50":"NaN","p90":181.0}},
         "latest":{"completed":{"className":"completed","id":3,"status":"COMPLETED","is_savepoint":false,"savepointFormat":null,"trigger_timestamp":1795248623193,"latest_ack_timestamp":1795248623313,
            "checkpointed_size":10,"state_size":20,"end_to_end_duration":120,"num_subtasks":6,"num_acknowledged_subtasks":6,"checkpoint_type":"CHECKPOINT","tasks":{},"external_path":"s3://b/chk-3","discarded":false},
            "savepoint":null,"failed":null,"restored":{"id":1,"restore_timestamp":1795248600000,"is_savepoint":true,"external_path":null}},
         "history":[{"className":"in_progress","id":4,"status":"IN_PROGRESS","is_savepoint":false,"trigger_timestamp":1795248625193,"latest_ack_timestamp":-1,"end_to_end_duration":-1,"tasks":{}},
            {"className":"completed","id":2,"status":"COMPLETED","is_savepoint":false,"trigger_timestamp":1795248621193,"external_path":"s3://b/chk-2","discarded":true}]}
        """;

    [Fact]
    public async Task CheckpointsAsync_UnknownNumbers_AreNullAndNotZero()
    {
        await using var server = await FakeJobManager.StartAsync();
        server.Send(Checkpoints);
        var statistics = await server.Client.CheckpointsAsync(Job, default);
        statistics.LastCompletedAt.ShouldBe(DateTimeOffset.FromUnixTimeMilliseconds(1795248623313));
        statistics.History[0].Duration.ShouldBeNull();
        statistics.History[0].LatestAckAt.ShouldBeNull();
        statistics.History[0].StateSize.ShouldBeNull();
        statistics.Summary.Duration.P50.ShouldBeNull();
        statistics.LatestCompleted!.Restorable.ShouldBeTrue();
        statistics.History[1].Restorable.ShouldBeFalse();
        statistics.LatestRestored.ShouldBe(new RestoredCheckpoint(1, DateTimeOffset.FromUnixTimeMilliseconds(1795248600000), true, null));
    }

    [Fact]
    public async Task CheckpointAsync_AnotherJobsCheckpointOfTheSameNumber_IsNotFound()
    {
        await using var server = await FakeJobManager.StartAsync();
        server.Send(Checkpoints);
        var listed = (await server.Client.CheckpointsAsync(Job, default)).LatestCompleted!;
        server.Send("""{"id":3,"status":"COMPLETED","trigger_timestamp":1795240000000,"tasks":{}}""");
        (await Should.ThrowAsync<FlinkException>(() => server.Client.CheckpointAsync(Job, listed, default))).Error.ShouldBe(FlinkError.NotFound);
        server.Send("""{"id":3,"status":"COMPLETED","latest_ack_timestamp":1795240000000,"subtasks":[]}""");
        (await Should.ThrowAsync<FlinkException>(() => server.Client.CheckpointVertexAsync(Job, listed, Vertex, default))).Error.ShouldBe(FlinkError.NotFound);
    }

    [Theory]
    [InlineData("<html><body>Sign in</body></html>", 200, FlinkError.BadAnswer, "web page")]
    [InlineData("", 200, FlinkError.BadAnswer, "nothing")]
    [InlineData("{\"jid\":\"b0b6", 200, FlinkError.BadAnswer, "cut")]
    [InlineData("{\"hello\":1}", 200, FlinkError.BadAnswer, "Another program")]
    [InlineData("{\"errors\":[\"Service temporarily unavailable due to an ongoing leader election. Please refresh.\"]}", 503, FlinkError.NotReady, "leader election")]
    [InlineData("{\"errors\":[\"org.x.NotFoundException: Job b0 not found\\n\\tat a.b(C.java:1)\"]}", 404, FlinkError.NotFound, "Job b0 not found")]
    [InlineData("{\"errors\":[\"Internal server error.\",\"<Exception on server side:\\norg.apache.flink.runtime.messages.FlinkJobNotFoundException: Could not find Flink job (b0)\\n\\tat a.b(C.java:1)\"]}", 500, FlinkError.NotFound, "Could not find Flink job")]
    [InlineData("{\"errors\":[\"Internal server error.\",\"<Exception on server side:\\njava.lang.IllegalStateException: no\\n\"]}", 500, FlinkError.Server, "no")]
    [InlineData("{\"kind\":\"Status\",\"status\":\"Failure\",\"message\":\"services \\\"order-totals-rest\\\" not found\",\"code\":404}", 404, FlinkError.Unreachable, "not deployed")]
    [InlineData("{\"kind\":\"Status\",\"message\":\"no endpoints available for service\",\"code\":503}", 503, FlinkError.Unreachable, "no endpoints")]
    [InlineData("{\"kind\":\"Status\",\"message\":\"services is forbidden\",\"code\":403}", 403, FlinkError.Refused, "services/proxy")]
    [InlineData("<html>503</html>", 503, FlinkError.NotReady, "503")]
    [InlineData("<html>502</html>", 502, FlinkError.Unreachable, "502")]
    [InlineData("default backend - 404", 404, FlinkError.BadAnswer, "route")]
    [InlineData("", 302, FlinkError.BadAnswer, "login")]
    public async Task JobAsync_AnswerThatIsNoJob_FailsWithWhatItMeans(string body, int status, FlinkError error, string says)
    {
        await using var server = await FakeJobManager.StartAsync();
        server.Send(body, status, "text/plain");
        var failure = await Should.ThrowAsync<FlinkException>(() => server.Client.JobAsync(Job, default));
        failure.Error.ShouldBe(error);
        failure.Message.ShouldContain(says);
        failure.Message.ShouldContain("order-totals");
        failure.Message.ShouldNotContain("\tat ");
    }

    [Fact]
    public async Task JobAsync_ConnectionBreaks_IsABadAnswer()
    {
        await using var server = await FakeJobManager.StartAsync();
        server.Answer = async context =>
        {
            context.Response.ContentLength = 1000;
            await context.Response.WriteAsync("{\"jid\":");
            await context.Response.Body.FlushAsync();
            context.Abort();
        };
        (await Should.ThrowAsync<FlinkException>(() => server.Client.JobAsync(Job, default))).Error.ShouldBe(FlinkError.BadAnswer);
    }

    [Fact]
    public async Task JobAsync_NoAnswerInTime_IsUnreachable()
    {
        await using var server = await FakeJobManager.StartAsync();
        server.Answer = static async context => await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(static _ => { }, TaskScheduler.Default);
        var failure = await Should.ThrowAsync<FlinkException>(() => server.ClientWith(TimeSpan.FromMilliseconds(100)).JobAsync(Job, default));
        failure.Error.ShouldBe(FlinkError.Unreachable);
    }

    [Fact]
    public async Task JobAsync_CallerGivesUp_IsCancelledAndNoFailure()
    {
        await using var server = await FakeJobManager.StartAsync();
        server.Answer = static async context => await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(static _ => { }, TaskScheduler.Default);
        using var caller = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        await Should.ThrowAsync<OperationCanceledException>(() => server.Client.JobAsync(Job, caller.Token));
    }

    [Fact]
    public async Task JobAsync_NothingListens_IsUnreachable()
    {
        var server = await FakeJobManager.StartAsync();
        var address = server.Address;
        await server.DisposeAsync();
        using var http = JobManagers.NewClient();
        var client = new JobManagerClient(new FlinkRest("order-totals", new UrlTransport(http, address)));
        (await Should.ThrowAsync<FlinkException>(() => client.JobAsync(Job, default))).Error.ShouldBe(FlinkError.Unreachable);
    }

    [Theory]
    [InlineData("not-an-id")]
    [InlineData("../../jars")]
    [InlineData("")]
    public async Task JobAsync_NoId_AsksNothing(string id)
    {
        await using var server = await FakeJobManager.StartAsync();
        (await Should.ThrowAsync<FlinkException>(() => server.Client.JobAsync(id, default))).Error.ShouldBe(FlinkError.NotFound);
        server.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task TaskManagerAsync_IdWithColon_IsEscaped()
    {
        await using var server = await FakeJobManager.StartAsync();
        server.Send("""{"id":"localhost:44891-73af8b"}""");
        (await server.Client.TaskManagerAsync("localhost:44891-73af8b", default)).Id.ShouldBe("localhost:44891-73af8b");
        server.Requests.ShouldBe(["/taskmanagers/localhost%3A44891-73af8b"]);
        await Should.ThrowAsync<FlinkException>(() => server.Client.TaskManagerAsync("..", default));
        await Should.ThrowAsync<FlinkException>(() => server.Client.TaskManagerAsync("a/b", default));
    }

    [Fact]
    public async Task MetricsAsync_ManyNames_AreAskedInRequestsThatFlinkAccepts()
    {
        await using var server = await FakeJobManager.StartAsync();
        server.Answer = static context => context.Response.WriteAsJsonAsync(context.Request.Query["get"].ToString().Split(',').Select(static name => new { id = name, value = "7.0" }));
        var names = Enumerable.Range(0, 400).Select(static i => $"{i}.Source: a/b [x].pendingRecords").ToList();
        var values = await server.Client.MetricsAsync(MetricScope.Vertex(Job, Vertex), names, default);
        values.Texts.Keys.Order().ShouldBe(names.Order());
        values.Number(names[3]).ShouldBe(7);
        server.Requests.Count.ShouldBeGreaterThan(1);
        server.Requests.ShouldAllBe(static target => target.Length < 4000);
    }

    [Theory]
    [InlineData("pendingBytes", "-1", null)]
    [InlineData("busyTimeMsPerSecond", "NaN", null)]
    [InlineData("lastCheckpointExternalPath", "n/a", null)]
    [InlineData("currentInputWatermark", "-9223372036854775808", null)]
    [InlineData("currentInputWatermark", "-1", -1d)]
    [InlineData("watermarkAlignmentDrift", "-1", -1d)]
    [InlineData("numRestarts", "0", 0d)]
    public async Task MetricsAsync_Text_IsANumberOrUnknown(string name, string text, double? number)
    {
        await using var server = await FakeJobManager.StartAsync();
        server.Send($$"""[{"id":"{{name}}","value":"{{text}}"}]""");
        (await server.Client.MetricsAsync(MetricScope.Job(Job), [name], default)).Number(name).ShouldBe(number);
    }

    [Fact]
    public async Task AggregatesAsync_OneNameDoesNotExist_TheOthersAreStillRead()
    {
        await using var server = await FakeJobManager.StartAsync();
        server.Answer = static context => context.Request.Query["get"].ToString() switch
        {
            "" => context.Response.WriteAsync("""[{"id":"busyTimeMsPerSecond"},{"id":"pendingBytes"}]"""),
            var get when get.Contains("pendingRecords", StringComparison.Ordinal) => context.Response.WriteAsync("[]"),
            _ => context.Response.WriteAsync("""[{"id":"busyTimeMsPerSecond","min":1.0,"max":3.0,"avg":2.0,"sum":4.0},{"id":"pendingBytes","min":-1.0,"max":10.0,"avg":4.5,"sum":9.0}]"""),
        };
        var values = await server.Client.AggregatesAsync(AggregateScope.Subtasks(Job, Vertex), ["busyTimeMsPerSecond", "pendingBytes", "pendingRecords"], default);
        values["busyTimeMsPerSecond"].ShouldBe(new MetricAggregate(1, 3, 2, 4, null));
        values["pendingBytes"].ShouldBe(new MetricAggregate(null, 10, null, null, null), "the sum holds a -1 of a subtask that does not know");
        values.ContainsKey("pendingRecords").ShouldBeFalse();
    }

    [Fact]
    public async Task LogAsync_LongLog_GivesItsEndWithoutSecrets()
    {
        await using var server = await FakeJobManager.StartAsync();
        server.Send(string.Concat(Enumerable.Range(0, 5000).Select(static i => $"line {i} password=hunter{i}\n")), 200, "text/plain");
        var log = await server.Client.LogAsync(null, null, 1024);
        log.Cut.ShouldBeTrue();
        log.Text.ShouldStartWith("line ");
        log.Text.ShouldEndWith("line 4999 password=••••••\n");
        log.Text.ShouldNotContain("hunter");
        server.Requests.ShouldBe(["/jobmanager/log"]);
    }

    [Fact]
    public async Task ExceptionsAsync_OnlyTheOldFormat_IsOneListWithRootCauses()
    {
        await using var server = await FakeJobManager.StartAsync();
        server.Send("""
            {"root-exception":"java.lang.RuntimeException: outer\n\tat a.B.c(B.java:1)\nCaused by: java.io.IOException: disk full\n\tat d.E.f(E.java:2)\n","timestamp":1795249104539,
             "all-exceptions":[{"exception":"java.lang.IllegalStateException: order 3000","task":"orders (2/2)","location":"tm:46297","timestamp":1795249104000,"taskManagerId":"tm-1"}],"truncated":true}
            """);
        var exceptions = await server.Client.ExceptionsAsync(Job);
        exceptions.Truncated.ShouldBeTrue();
        exceptions.Entries.Select(static e => e.Throwable.Root).ShouldBe(["IOException: disk full", "IllegalStateException: order 3000"]);
        exceptions.Entries[0].Throwable.RootFrame.ShouldBe("d.E.f(E.java:2)");
        exceptions.Entries[1].ShouldSatisfyAllConditions(
            static e => e.Task.ShouldBe("orders (2/2)"), static e => e.Endpoint.ShouldBe("tm:46297"), static e => e.TaskManagerId.ShouldBe("tm-1"));
    }
}
