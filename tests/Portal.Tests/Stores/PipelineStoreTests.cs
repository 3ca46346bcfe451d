using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Sluice.Domain.Operations;
using Sluice.Domain.Pipelines;
using Xunit;

namespace Sluice.Portal.Tests.Stores;

public sealed class PipelineStoreTests(PostgresFixture database) : IClassFixture<PostgresFixture>
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public async Task AddAsync_AddressTaken_IsRefused()
    {
        await using var host = new PortalHost(database.ConnectionString);
        var store = host.Services.GetRequiredService<IPipelineStore>();
        var (pipeline, revision) = New("taken");
        await store.AddAsync(pipeline, revision, Token);

        var (again, first) = New("taken");
        var refused = await Should.ThrowAsync<AlreadyRegisteredException>(() => store.AddAsync(again, first, Token));

        refused.Key.ShouldBe(pipeline.Key);
        (await store.FindAsync(pipeline.Key, Token)).ShouldBe(pipeline);
    }

    [Fact]
    public async Task AddAsync_TheSameAgain_IsRefusedAsRegistered()
    {
        await using var host = new PortalHost(database.ConnectionString);
        var store = host.Services.GetRequiredService<IPipelineStore>();
        var (pipeline, revision) = New("twice");
        await store.AddAsync(pipeline, revision, Token);

        await Should.ThrowAsync<AlreadyRegisteredException>(() => store.AddAsync(pipeline, revision, Token));

        (await store.RevisionsAsync(pipeline.Id, Token)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task RetireAsync_Registered_FreesTheAddressAndKeepsRevisions()
    {
        await using var host = new PortalHost(database.ConnectionString);
        var store = host.Services.GetRequiredService<IPipelineStore>();
        var (pipeline, revision) = New("retired");
        await store.AddAsync(pipeline, revision, Token);

        await store.RetireAsync(pipeline.Id, Token);

        (await store.FindAsync(pipeline.Key, Token)).ShouldBeNull();
        (await store.RevisionsAsync(pipeline.Id, Token)).Count.ShouldBe(1);
        var (again, first) = New("retired");
        await store.AddAsync(again, first, Token);
    }

    [Fact]
    public async Task MoveAsync_ToAnotherAddress_KeepsIdentityAndWhatWasDoneBefore()
    {
        await using var host = new PortalHost(database.ConnectionString);
        var store = host.Services.GetRequiredService<IPipelineStore>();
        var operations = host.Services.GetRequiredService<IOperationStore>();
        var (pipeline, revision) = New("moved");
        await store.AddAsync(pipeline, revision, Token);
        var before = await EndedAsync(operations, pipeline.Key, DateTimeOffset.UtcNow.AddMinutes(-1));
        var to = pipeline.Key with { Name = "moved-g2" };

        await store.MoveAsync(pipeline.Id, to, Token);
        await store.MoveAsync(pipeline.Id, to, Token);

        (await store.FindAsync(pipeline.Key, Token)).ShouldBeNull();
        (await store.FindAsync(to, Token)).ShouldBe(pipeline with { Key = to });
        (await store.RevisionsAsync(pipeline.Id, Token)).Count.ShouldBe(1);
        var another = await EndedAsync(operations, pipeline.Key, DateTimeOffset.UtcNow.AddMinutes(1));
        var after = await EndedAsync(operations, to, DateTimeOffset.UtcNow.AddMinutes(2));
        (await operations.ListAsync(to, 10, Token)).Select(o => o.Id).ShouldBe([after, before]);
        (await operations.ListAsync(to, 1, Token)).Select(o => o.Id).ShouldBe([after]);
        (await operations.ListAsync(pipeline.Key, 10, Token)).Select(o => o.Id).ShouldBe([another, before]);

        (await store.MovedToAsync(pipeline.Key, Token)).ShouldBe(to);
        (await store.MovedToAsync(to, Token)).ShouldBeNull();
        var third = to with { Name = "moved-g3" };
        await store.MoveAsync(pipeline.Id, third, Token);
        (await store.MovedToAsync(pipeline.Key, Token)).ShouldBe(third, "through both");
        (await store.MovedToAsync(to, Token)).ShouldBe(third);
        using var client = host.WithToken();
        foreach (var path in new[] { pipeline.Key.Path, pipeline.Key.Path + "/revisions" })
        {
            using var answer = await client.GetAsync("/api/v1" + path, Token);
            var problem = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Token))!;
            ((int)answer.StatusCode, (string?)problem["type"], (string?)problem["movedTo"]).ShouldBe((404, "urn:sluice:problem:moved", $"{third.Cluster}/{third.Namespace}/moved-g3"));
        }
        await store.MoveAsync(pipeline.Id, to, Token);
        (await store.MovedToAsync(to, Token)).ShouldBeNull("it is back there");

        var (second, first) = New("moved");
        await store.AddAsync(second, first, Token);
        (await Should.ThrowAsync<AlreadyRegisteredException>(() => store.MoveAsync(second.Id, to, Token))).Key.ShouldBe(to);
        await store.RetireAsync(pipeline.Id, Token);
        (await store.MovedToAsync(pipeline.Key, Token)).ShouldBeNull("it is nowhere any more");
    }

    [Fact]
    public async Task AddRevisionAsync_ManyAtOnce_NumbersWithoutGapsOrDoubles()
    {
        await using var host = new PortalHost(database.ConnectionString);
        var store = host.Services.GetRequiredService<IPipelineStore>();
        var (pipeline, revision) = New("busy");
        await store.AddAsync(pipeline, revision, Token);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => store.AddRevisionAsync(pipeline.Id, "m" + i, new("demo"), "", null, Token)));

        (await store.RevisionsAsync(pipeline.Id, Token)).Select(r => r.Number).ShouldBe([9, 8, 7, 6, 5, 4, 3, 2, 1]);
    }

    [Fact]
    public async Task Changed_WrittenByAnotherReplica_IsRaisedHere()
    {
        await using var here = new PortalHost(database.ConnectionString);
        await using var there = new PortalHost(database.ConnectionString);
        var changed = new TaskCompletionSource();
        var store = here.Services.GetRequiredService<IPipelineStore>();
        var other = there.Services.GetRequiredService<IPipelineStore>();
        store.Changed += () => changed.TrySetResult();

        // The listening connection may still be on its way up: asked again until it is heard.
        for (var i = 0; i < 100 && !changed.Task.IsCompleted; i++)
        {
            await other.SaveTeamAsync(new("payments", "Payments " + i, [new("a", "payments")]), Token);
            await Task.WhenAny(changed.Task, Task.Delay(100, Token));
        }

        changed.Task.IsCompleted.ShouldBeTrue();
        (await store.TeamsAsync(Token)).Single().Namespaces.ShouldBe([new("a", "payments")]);
    }

    private static async Task<Guid> EndedAsync(IOperationStore operations, PipelineKey key, DateTimeOffset at)
    {
        var operation = new Operation { Id = Guid.NewGuid(), Kind = OperationKind.Suspend, Pipeline = key, Actor = "demo", State = OperationState.Succeeded, CreatedAt = at, Steps = [] };
        await operations.AddAsync(operation, Token);
        return operation.Id;
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static (Pipeline Pipeline, Revision First) New(string name)
    {
        var pipeline = new Pipeline(Guid.NewGuid(), new("a", "b", name), "payments", PipelineKind.FlinkJar, false, "demo", Now);
        return (pipeline, new(pipeline.Id, 1, "kind: FlinkDeployment", "demo", "", Now, null));
    }
}
