using System.Diagnostics;
using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Domain.Access;
using Sluice.Domain.Clusters;
using Sluice.Domain.Flink;
using Sluice.Domain.Operations;
using Sluice.Domain.Operations.Guards;
using Sluice.Domain.Operations.Planning;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Snapshots;
using Sluice.Domain.Tests.Operations;
using Sluice.Testing;
using Xunit;

namespace Sluice.Contract.Tests.Operations;

/// <summary>One pipeline on one cluster, the engine that operates it, and its job's own output.</summary>
internal sealed partial class OperationBed : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly Actor Someone = new("contract");

    private readonly ClusterDirectory _directory;
    private readonly JobManagers _jobManagers;
    private readonly OperationsInMemory _store = new();
    private readonly PipelinesInMemory _pipelines = new();
    private readonly FakeSnapshots _snapshots = new();
    private readonly OperationService _service;
    private readonly OperationRunner _runner;
    private readonly OperationGate _gate;
    private readonly RegistryService _registry;
    private readonly Func<Task<JobOutput>> _output;
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    /// <summary>Prepares it; nothing is created on the cluster.</summary>
    /// <param name="directory">Knows the cluster.</param>
    /// <param name="key">The pipeline.</param>
    /// <param name="timing">How long operations wait.</param>
    /// <param name="output">Reads what the job wrote.</param>
    public OperationBed(ClusterDirectory directory, PipelineKey key, OperationTiming timing, Func<Task<JobOutput>> output)
    {
        (_directory, Key, _output) = (directory, key, output);
        _jobManagers = new JobManagers(directory);
        var environment = new OperationEnvironment(directory, _jobManagers, _pipelines, TimeProvider.System, timing) { Snapshots = _snapshots };
        var kinds = OperationKinds.All(timing);
        _service = new OperationService(_store, kinds, environment, Guid.NewGuid);
        _runner = new OperationRunner(_store, kinds, environment, TimeSpan.FromMinutes(1));
        _gate = new OperationGate(_store, _service, environment);
        _registry = new RegistryService(_pipelines, directory, TimeProvider.System, Guid.NewGuid);
    }

    public PipelineKey Key { get; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _service.Dispose();
        _jobManagers.Dispose();
    }

    /// <summary>The pipeline's resource for given arguments of the job.</summary>
    public string Manifest(string arguments, string? savepoints = null) => LedgerJob.Manifest(Key, arguments, savepoints);

    public OperationRequest Request(OperationKind kind, string? arguments = null) =>
        new(kind, Key, Manifest: arguments is null ? null : Manifest(arguments), Team: "contract", PipelineKind: PipelineKind.FlinkJar);

    public Task<Operation> DoAsync(OperationKind kind, string? arguments = null, OperationState expected = OperationState.Succeeded) => DoAsync(Request(kind, arguments), expected);

    /// <summary>Carries an operation out. What its plan said of the job is compared with what the operator did: in full where it succeeds; an upgrade that went back has restarted the job as well.</summary>
    public async Task<Operation> DoAsync(OperationRequest request, OperationState expected = OperationState.Succeeded, JobEffect? effect = null)
    {
        var operation = await AskAsync(request);
        return await DoneAsync(operation, expected, effect);
    }

    /// <summary>Carries out one that was asked for.</summary>
    private async Task<Operation> DoneAsync(Operation operation, OperationState expected = OperationState.Succeeded, JobEffect? effect = null, bool asPlanned = true)
    {
        var begun = _clock.Elapsed;
        var ended = await WorkAsync();
        ended.Id.ShouldBe(operation.Id);
        TestContext.Current.TestOutputHelper?.WriteLine($"{Key.Cluster} {begun.TotalSeconds,5:0} s: {ended.Kind} took {(_clock.Elapsed - begun).TotalSeconds:0} s: {ended.State}: {ended.Message}");
        ended.State.ShouldBe(expected, $"{Key}, {ended.Kind}: {Story(ended)}");
        if (expected == OperationState.Succeeded && asPlanned) PlanAgreement.ShouldHoldFor(ended, Key.Cluster);
        if (expected == OperationState.Failed) ended.Outcome.ShouldNotBeNull().Effect.ShouldBe(effect ?? ended.Plan!.Classification!.Effect, Story(ended));
        return ended;
    }

    /// <summary>Disposes of a savepoint of the catalogue, whose quarantine is over.</summary>
    /// <returns>What the wait for the end of its data said.</returns>
    public async Task<string> DisposeAsync(string path)
    {
        var pipeline = (await _pipelines.FindAsync(Key, Token))!;
        var reconciler = new SnapshotReconciler(_directory, _jobManagers, _pipelines, _store, _snapshots, TimeProvider.System, Guid.NewGuid);
        IReadOnlyList<Snapshot> taken = [];
        await Until.TrueAsync(async () =>
        {
            await reconciler.ReadAsync(pipeline, (await ResourceAsync()).Record, reconciler.ObjectsOf(Key), true, Token);
            taken = [.. (await _snapshots.ListAsync(pipeline.Id, Token)).Where(s => s is { Kind: SnapshotKind.Savepoint, Origin: SnapshotOrigin.Operation })];
            // The JobManager remembers the newest for certain, the one before only while its short history lasts.
            return taken.Any(s => SnapshotPath.Same(s.Path, path)) && taken.Any(s => s.Size > 0);
        }, $"{path} in the catalogue of {Key}, and the size of the newest", Patience);
        var row = taken.Single(s => SnapshotPath.Same(s.Path, path));
        await _snapshots.ChangeAsync(row.Id, s => s with { State = SnapshotState.Quarantined, QuarantineUntil = TimeProvider.System.GetUtcNow() }, Token);
        var operation = await DoAsync(Request(OperationKind.DisposeSnapshot) with { SnapshotPath = path });
        (await _snapshots.FindAsync(row.Id, Token))!.State.ShouldBe(SnapshotState.Disposed);
        return operation.Steps.Single(s => s.Name == "await-disposal").Message;
    }

    /// <summary>Has a person cancel the operation that waits for one.</summary>
    public async Task<Operation> CallOffAsync(Operation operation)
    {
        await _service.CancelAsync(operation.Id, Someone, Token);
        var ended = await WorkAsync();
        ended.State.ShouldBe(OperationState.Cancelled, Story(ended));
        return ended;
    }

    public Task<IReadOnlyList<Operation>> OperationsAsync() => _store.ListAsync(Key, 100, Token);

    public Task<OperationPlan> PlanAsync(OperationRequest request) => _service.PlanAsync(request, Token);

    public async Task<FlinkObject> ResourceAsync() => new(await _directory.Api(Key.Cluster)!.GetAsync(Key.KubernetesResource, Key.Namespace, Key.Name, Token));

    public Task<JobOutput> OutputAsync() => _output();

    /// <summary>Waits until the job has written entries beyond a number; returns the last.</summary>
    public async Task<long> WritesBeyondAsync(long number)
    {
        var seen = await _output();
        for (var waited = Stopwatch.StartNew(); seen.Last <= number; seen = await _output())
        {
            if (waited.Elapsed > Patience) throw new TimeoutException($"{Key} does not write beyond {number}: {seen}; {(await ResourceAsync()).Words}");
            await Task.Delay(200, Token);
        }

        return seen.Last;
    }

    /// <summary>Everything that the job wrote is there once, and nothing is missing.</summary>
    public async Task<JobOutput> WroteEachOnceAsync(string when)
    {
        var output = await _output();
        output.Wrong.ShouldBeNull(when);
        output.Missing.ShouldBeEmpty($"{Key}, {when}: entries were lost");
        output.Repeated.ShouldBeEmpty($"{Key}, {when}: entries were repeated");
        return output;
    }

    public static string RestoredBy(Operation operation) => operation.Steps.Single(s => s.Name == "verify") is { State: StepState.Done, Message: var words } ? words : throw new InvalidOperationException(Story(operation));

    public static string PathOf(Operation operation, string step) => (string)JsonNode.Parse(operation.Steps.Single(s => s.Name == step).Data)!["path"]!;

    private async Task<Operation> WorkAsync()
    {
        var claimed = (await _store.ClaimAsync("contract", TimeSpan.FromMinutes(1), [], Token))!;
        await _runner.RunAsync(claimed, Token);
        return (await _store.FindAsync(claimed.Id, Token))!;
    }

    private static string Story(Operation operation) =>
        $"{operation.State}: {operation.Message}\n{string.Join('\n', operation.Steps.Select(s => $"  {s.Name} {s.State}: {s.Message}\n{string.Join('\n', s.Evidence.Select(e => $"    {e.At:HH:mm:ss} {e.Source}: {e.Text}"))}"))}";
}
