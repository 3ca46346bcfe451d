using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Domain.Access;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Operations;
using Sluice.Domain.Operations.Guards;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Specs;
using Sluice.Testing;

namespace Sluice.Contract.Tests.Operations;

/// <summary>Operations that wait, a second person, and what others do to the resource.</summary>
internal sealed partial class OperationBed
{
    private static readonly Actor SomebodyElse = new("second");
    private static readonly TimeSpan Restart = TimeSpan.FromMinutes(5);

    /// <summary>Records an operation; nothing is done.</summary>
    public Task<Operation> AskAsync(OperationRequest request) => _service.StartAsync(request, Someone, Token);

    /// <summary>The one who asked may not approve; somebody else does.</summary>
    public async Task ApproveAsync(Operation operation)
    {
        await _gate.AdvanceAsync(Token);
        (await FindAsync(operation)).State.ShouldBe(OperationState.AwaitingApproval);
        (await Should.ThrowAsync<OperationRefusedException>(() => _service.ApproveAsync(operation.Id, "", Someone, Token))).Rule.ShouldBe(GuardRule.Approval);
        await _service.ApproveAsync(operation.Id, "seen", SomebodyElse, Token);
    }

    /// <summary>Waits until an operation that waited has its turn, and carries it out.</summary>
    public async Task<Operation> GivenItsTurnAsync(Operation operation)
    {
        await Until.TrueAsync(async () =>
        {
            await _gate.AdvanceAsync(Token);
            return (await FindAsync(operation)).State != OperationState.Queued;
        }, $"the turn of {operation.Kind} of {Key}", Patience);
        (await FindAsync(operation)).State.ShouldBe(OperationState.Pending, (await FindAsync(operation)).Message);
        return await DoneAsync(operation);
    }

    /// <summary>Carries out an operation, and asks for another one while it is at work: that one waits and begins by itself.</summary>
    public async Task<(Operation First, Operation Second)> QueuedBehindAsync(OperationRequest first, OperationRequest second)
    {
        var active = await AskAsync(first);
        var working = DoneAsync(active);
        await Until.TrueAsync(async () => (await FindAsync(active)).State == OperationState.Running, "the first one to begin", Patience);
        (await Should.ThrowAsync<OperationRefusedException>(() => AskAsync(second))).ActiveOperation.ShouldBe(active.Id);
        var queued = await AskAsync(second with { Queue = true });
        queued.State.ShouldBe(OperationState.Queued);
        while (!working.IsCompleted)
        {
            await _gate.AdvanceAsync(Token);
            if (!(await FindAsync(active)).Ended) (await FindAsync(queued)).State.ShouldBe(OperationState.Queued, "it began before the one before it had ended");
            await Task.WhenAny(working, Task.Delay(TimeSpan.FromMilliseconds(500), Token));
        }

        return (await working, await GivenItsTurnAsync(queued));
    }

    public async Task<Operation> FindAsync(Operation operation) => (await _store.FindAsync(operation.Id, Token))!;

    public Task GitAsync(GitSource? source) => _registry.SetGitAsync(Key, source, Token);

    public Task<SpecPatchFile> PatchAsync(OperationRequest request) => _service.PatchAsync(request, Token);

    public async Task<SpecDrift> DriftAsync() => (await _registry.DriftAsync(Key, Token))!;

    public Task<OperationRequest> PutBackAsync(SpecDrift drift) => _registry.PutBackAsync(Key, drift.Generation, "", Token);

    /// <summary>Puts back while the operator may be in the middle of the change: what it makes of both is not to be known beforehand.</summary>
    public async Task<Operation> DoInTheMiddleAsync(OperationRequest request) => await DoneAsync(await AskAsync(request), asPlanned: false);

    public Task<Revision> TakeOverAsync(SpecDrift drift) => _registry.TakeOverAsync(Key, drift.Generation, "as it is in Git", Someone, Token);

    public Task<IReadOnlyList<Revision>> RevisionsAsync() => _registry.RevisionsAsync(Key, Token);

    /// <summary>What <c>kubectl edit</c> sends; then the operator has made its job of it.</summary>
    public Task EditAsync(JsonObject spec) => RestartedByAsync(() => SendEditAsync(spec));

    /// <summary>What <c>kubectl edit</c> sends.</summary>
    public Task SendEditAsync(JsonObject spec) => _directory.Api(Key.Cluster)!.PatchAsync(Key.KubernetesResource, Key.Namespace, Key.Name,
        new KubernetesPatch(KubernetesPatchType.Merge, new JsonObject { ["spec"] = spec }), new KubernetesWrite(FieldManager: "kubectl-edit"), Token);

    /// <summary>What a controller sends that keeps the cluster like a repository; then the operator has made its job of it.</summary>
    public async Task ApplyAsync(string manifest)
    {
        ManifestYaml.TryParse(manifest, out var document, out var error).ShouldBeTrue(error?.Message);
        await RestartedByAsync(() => _directory.Api(Key.Cluster)!.PatchAsync(Key.KubernetesResource, Key.Namespace, Key.Name,
            new KubernetesPatch(KubernetesPatchType.Apply, document!.Root.DeepClone()), new KubernetesWrite(FieldManager: "argocd-controller", Force: true), Token));
    }

    /// <summary>Nothing that the operator writes by itself counts as drift, for so long.</summary>
    public async Task HasNoDriftForAsync(TimeSpan time)
    {
        var versions = new HashSet<string?>();
        for (var end = _clock.Elapsed + time; _clock.Elapsed < end; await Task.Delay(TimeSpan.FromMilliseconds(500), Token))
        {
            versions.Add((await ResourceAsync()).ResourceVersion);
            (await DriftAsync()).Differences.ShouldBeEmpty($"{Key}: {(await ResourceAsync()).Spec.ToJsonString()}");
        }

        TestContextSays($"no drift in {time.TotalSeconds:0} s, {versions.Count} versions of the resource seen");
    }

    private async Task RestartedByAsync(Func<Task> write)
    {
        var before = await ResourceAsync();
        await write();
        FlinkObject? now = null;
        await Until.TrueAsync(async () =>
        {
            await Task.Delay(200, Token);
            now = await ResourceAsync();
            return now is { TakenUp: true, Runs: true } && now.Generation > before.Generation && now.Record.JobStartedAt != before.Record.JobStartedAt;
        }, () => $"{Key} to run again after the change: {now?.Words}", Restart);
    }

    private void TestContextSays(string words) => Xunit.TestContext.Current.TestOutputHelper?.WriteLine($"{Key.Cluster} {_clock.Elapsed.TotalSeconds,5:0} s: {words}");
}
