using System.Globalization;
using System.Text.Json.Nodes;
using Sluice.Domain.Access;
using Sluice.Domain.Flink;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Operations;

/// <summary>What a step sees and may do. Everything it notes is durable before it returns.</summary>
public sealed class StepContext
{
    private const int MostEvidence = 100;
    private const int LongestEvidence = 4096;
    private readonly OperationSession _session;
    private readonly int _index;
    private string? _lastSeen;

    internal StepContext(OperationSession session, int index, OperationEnvironment environment, IKubernetesApi api)
    {
        (_session, _index, Environment, Api, Pipeline) = (session, index, environment, api, session.Operation.Pipeline);
        Parameters = OperationParameters.Read(session.Operation.Parameters);
        Data = JsonNode.Parse(Step.Data) as JsonObject ?? [];
    }

    private StepContext(StepContext context, PipelineKey pipeline)
    {
        (_session, _index, Environment, Api, Pipeline) = (context._session, context._index, context.Environment, context.Api, pipeline);
        (Parameters, Data) = (context.Parameters, context.Data);
    }

    /// <summary>The pipeline that is read and written: the operation's, or another one of its cluster that it has to do with.</summary>
    public PipelineKey Pipeline { get; }

    /// <summary>The same step, on another pipeline of the same cluster.</summary>
    internal StepContext On(PipelineKey pipeline) => new(this, pipeline);

    /// <summary>The operation as it is recorded.</summary>
    public Operation Operation => _session.Operation;

    /// <summary>The step as it is recorded.</summary>
    public OperationStep Step => _session.Operation.Steps[_index];

    /// <summary>The request's values.</summary>
    public OperationParameters Parameters { get; }

    /// <summary>What operations work with.</summary>
    public OperationEnvironment Environment { get; }

    /// <summary>The pipeline's API server.</summary>
    public IKubernetesApi Api { get; }

    /// <summary>The clock's time.</summary>
    public DateTimeOffset Now => Environment.Time.GetUtcNow();

    /// <summary>What the step remembers; change it with <see cref="RememberAsync"/>.</summary>
    public JsonObject Data { get; }

    /// <summary>What an earlier step remembers; empty where there is no such step.</summary>
    public JsonObject DataOf(string step)
    {
        var found = Operation.Steps.FirstOrDefault(s => s.Name == step);
        return found is null ? [] : JsonNode.Parse(found.Data) as JsonObject ?? [];
    }

    /// <summary>A text that an earlier step remembers, or null.</summary>
    public string? TextOf(string step, string name) => (string?)DataOf(step)[name];

    /// <summary>Remembers a value. Do it before acting on it.</summary>
    public async Task RememberAsync(string name, JsonNode? value, CancellationToken cancellationToken)
    {
        Data[name] = value;
        await SaveAsync(Step with { Data = Data.ToJsonString() }, cancellationToken);
    }

    /// <summary>Says what is happening, where that has changed.</summary>
    public async Task SayAsync(string message, CancellationToken cancellationToken)
    {
        message = Redactor.Redact(message);
        if (Step.Message != message) await SaveAsync(Step with { Message = message }, cancellationToken);
    }

    /// <summary>Keeps what was sent, answered or seen.</summary>
    /// <param name="source">Who says so: <c>sent</c>, <c>Kubernetes</c>, <c>operator</c>, <c>JobManager</c>, <c>event</c>.</param>
    /// <param name="text">What.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task NoteAsync(string source, string text, CancellationToken cancellationToken)
    {
        text = Redactor.Redact(text);
        if (text.Length > LongestEvidence) text = string.Concat(text.AsSpan(0, LongestEvidence - 1), "…");
        var evidence = Step.Evidence.Add(new Evidence(Now, source, text));
        if (evidence.Length > MostEvidence) evidence = evidence.RemoveAt(1);
        await SaveAsync(Step with { Evidence = evidence }, cancellationToken);
    }

    /// <summary>Reads the pipeline's custom resource anew; null where it does not exist.</summary>
    public Task<FlinkObject?> ReadAsync(CancellationToken cancellationToken) => FlinkObject.FindAsync(Api, Pipeline, cancellationToken);

    /// <summary>Reads the pipeline's custom resource anew.</summary>
    /// <exception cref="OperationFailedException">It does not exist.</exception>
    public async Task<FlinkObject> RequireAsync(CancellationToken cancellationToken)
        => await ReadAsync(cancellationToken) ?? throw new OperationFailedException(
            $"{Pipeline} does not exist any more: someone deleted it. Nothing is running. Deploy it again if that was a mistake; its revisions are kept.");

    /// <summary>What the pipeline's cluster can do: as it is known, or asked where nobody has found out yet.</summary>
    public async Task<ClusterCapabilities> CapabilitiesAsync(CancellationToken cancellationToken) =>
        Environment.Clusters.All.FirstOrDefault(c => c.Name == Pipeline.Cluster)?.Capabilities ?? await Api.DiscoverAsync(cancellationToken);

    /// <summary>Changes the custom resource by a merge patch that carries the resource version it was read at and this operation's id.</summary>
    public async Task<FlinkObject> PatchAsync(FlinkObject read, JsonObject patch, CancellationToken cancellationToken, bool dryRun = false)
    {
        var metadata = patch["metadata"] as JsonObject ?? [];
        var annotations = metadata["annotations"] as JsonObject ?? [];
        annotations[OperationNames.OperationAnnotation] = Operation.Id.ToString();
        metadata["annotations"] = annotations.Parent is null ? annotations : annotations.DeepClone();
        metadata["resourceVersion"] = read.ResourceVersion;
        patch["metadata"] = metadata.Parent is null ? metadata : metadata.DeepClone();
        if (!dryRun) await NoteAsync("sent", $"PATCH {Pipeline.KubernetesResource.Plural}/{Pipeline.Name} {patch.ToJsonString()}", cancellationToken);
        var answer = new FlinkObject(await Api.PatchAsync(
            Pipeline.KubernetesResource, Pipeline.Namespace, Pipeline.Name,
            new KubernetesPatch(KubernetesPatchType.Merge, patch), new KubernetesWrite(DryRun: dryRun), cancellationToken));
        if (!dryRun) await NoteAsync("Kubernetes", $"accepted as generation {answer.Generation.ToString(CultureInfo.InvariantCulture)}", cancellationToken);
        return answer;
    }

    /// <summary>The JobManager of the pipeline.</summary>
    public IJobManager JobManager(FlinkObject resource) => Environment.JobManagers.Of(Pipeline, resource.DeploymentName);

    /// <summary>
    /// Looks at the custom resource until the condition gives a result. Changes of what the operator says become evidence.
    /// The step's deadline, a cancellation and the loss of the lease end the wait with an exception.
    /// </summary>
    public async Task<T> WaitAsync<T>(Func<FlinkObject, CancellationToken, Task<T?>> condition, CancellationToken cancellationToken)
        where T : class
    {
        while (true)
        {
            var seen = await RequireAsync(cancellationToken);
            await NoteSeenAsync(seen, cancellationToken);
            if (await condition(seen, cancellationToken) is { } result) return result;
            await PauseAsync(cancellationToken);
        }
    }

    /// <summary>The operation's record as it is now, with what persons changed in it meanwhile; throws where one asked to cancel and the step can be cancelled.</summary>
    internal async Task<Operation?> RecordedAsync(CancellationToken cancellationToken)
    {
        var now = await _session.RecordedAsync(cancellationToken);
        _session.ThrowIfCancelled(_index);
        return now;
    }

    /// <summary>Waits a moment; throws where a person asked to cancel and the step can be cancelled.</summary>
    public async Task PauseAsync(CancellationToken cancellationToken)
    {
        _session.ThrowIfCancelled(_index);
        await Task.Delay(Environment.Timing.Poll, Environment.Time, cancellationToken);
        _session.ThrowIfCancelled(_index);
    }

    private async Task NoteSeenAsync(FlinkObject seen, CancellationToken cancellationToken)
    {
        var words = seen.Words;
        if (_lastSeen == words) return;
        _lastSeen = words;
        if (Step.Evidence.LastOrDefault(e => e.Source == "operator")?.Text != Redactor.Redact(words)) await NoteAsync("operator", words, cancellationToken);
    }

    private Task SaveAsync(OperationStep step, CancellationToken cancellationToken) => _session.SaveStepAsync(step, cancellationToken);
}
