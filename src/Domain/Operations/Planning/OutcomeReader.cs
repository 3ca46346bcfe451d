using Sluice.Domain.Kubernetes;

namespace Sluice.Domain.Operations.Planning;

/// <summary>
/// Finds out what an operation really did. It is asked once, just before the operation's end is recorded, and its answer is recorded together with that end:
/// whoever dies in between leaves neither, and the successor asks again.
/// </summary>
internal sealed class OutcomeReader(OperationEnvironment environment)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);

    /// <summary>The outcome of an operation that ends in the given state; null where nothing was planned or nothing was begun.</summary>
    public async Task<OperationOutcome?> ReadAsync(Operation operation, OperationState state, CancellationToken cancellationToken)
    {
        if (operation.StartedAt is null || operation.Plan is null) return null;
        var now = environment.Time.GetUtcNow();
        if (environment.Clusters.Api(operation.Pipeline.Cluster) is not { } api) return OperationOutcome.Unknown(now, "The cluster is no longer configured.");
        using var limit = new CancellationTokenSource(Patience, environment.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            var beside = state == OperationState.Succeeded ? OperationParameters.BesideOf(operation) : null;
            var pipeline = beside ?? operation.Pipeline;
            var seen = await FlinkObject.FindAsync(api, pipeline, both.Token);
            // One of that name may have been taken away again by an attempt before; what was said of it is not in the plan's baseline, which knows the old deployment's events.
            var notes = await OperatorNotes.ReadAsync(api, pipeline, beside is null ? null : seen?.Uid, both.Token);
            var facts = seen is null ? JobFacts.None("the job is gone") : await JobFacts.ReadAsync(environment, pipeline, seen, Patience, both.Token);
            return Make(operation, state, seen, notes, facts);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return OperationOutcome.Unknown(now, $"The cluster did not answer within {(int)Patience.TotalSeconds} s.");
        }
        catch (Exception e) when (e is not (OperationCanceledException or FencedOutException))
        {
            // The operation has ended whatever is found out about it: nothing here may keep its end from being recorded.
            return OperationOutcome.Unknown(now, e is KubernetesException ? e.Message : $"{e.GetType().Name}: {e.Message}");
        }
    }

    private OperationOutcome Make(Operation operation, OperationState state, FlinkObject? seen, IReadOnlyList<OperatorNote>? notes, JobFacts facts)
    {
        var baseline = operation.Plan?.Baseline;
        var since = notes is null || baseline?.Events is not { } before ? null : OperatorNotes.Since(notes, before);
        var effect = operation.Kind == OperationKind.SideBySide && state == OperationState.Succeeded && seen?.Runs == true ? JobEffect.IsReplaced
            // In the days of such a wait the job may have started anew by itself.
            : GoLiveOperation.IsWaiting(operation) ? (seen?.Runs == true ? JobEffect.KeepsRunning : null)
            : Effect(seen, baseline, state == OperationState.Succeeded);
        var restored = effect is JobEffect.Restarts or JobEffect.Starts or JobEffect.IsReplaced ? facts.Checkpoints?.LatestRestored : null;
        var (pause, from) = effect is JobEffect.Restarts or JobEffect.Starts && seen?.Runs == true ? PauseMeter.Measure(operation, effect.Value, since, facts) : (null, null);
        var outcome = new OperationOutcome(
            environment.Time.GetUtcNow(), effect, since is null ? null : [.. since.Select(n => n.Term).OfType<string>().Distinct()], since?.LastOrDefault(n => n.Term is not null)?.Message,
            seen?.ReconciledUpgradeMode, pause, from, restored?.ExternalPath,
            effect != JobEffect.IsReplaced && restored is { IsSavepoint: true } && operation.Plan?.State?.Source is StateSource.NewSavepoint or StateSource.Known ? 0 : null, facts.Rate, []) { Vertices = Vertices(operation.Plan?.Scaling, facts) };
        return state == OperationState.Succeeded && operation.Plan is { } plan ? outcome with { Disagreements = Disagreements(plan, outcome) } : outcome;
    }

    /// <summary>What became of the job since the plan; null where the operator has not taken the change up, or tells nothing.</summary>
    private static JobEffect? Effect(FlinkObject? seen, PlanBaseline? baseline, bool succeeded)
    {
        if (seen is null) return JobEffect.Ends;
        if (baseline is null || !seen.Record.HasJob) return null;
        // A last write of the operation itself, which restarts nothing, need not be taken up for this.
        if (!seen.WantsRunning) return seen.Record.JobState == "RUNNING" ? null : baseline.Running ? JobEffect.Stops : JobEffect.StaysStopped;
        if (seen.Record.JobStartedAt is { } started && started != baseline.JobStartedAt) return baseline.Running ? JobEffect.Restarts : JobEffect.Starts;
        return seen.Runs && (succeeded || seen.TakenUp) ? JobEffect.KeepsRunning : null;
    }

    private static List<VertexOutcome>? Vertices(ScalingPlan? planned, JobFacts facts) => planned is null || facts.Job is not { State: Flink.JobStates.Running } job ? null
        : [.. job.Vertices.Select(v => new VertexOutcome(v.Id, v.Name, planned.Vertices.FirstOrDefault(p => p.Id == v.Id)?.After, v.Parallelism))];

    private static List<string> Disagreements(OperationPlan plan, OperationOutcome outcome)
    {
        var found = new List<string>();
        if (plan.Classification is { } change)
        {
            if (outcome.Effect is { } effect && effect != change.Effect) found.Add($"The job: {Words(change.Effect)} was predicted, {Words(effect)} happened.");
            if (outcome.OperatorTerms is { } terms && (change.OperatorTerm is null ? terms.Count > 0 : !terms.Contains(change.OperatorTerm)))
                found.Add($"The operator: {change.OperatorTerm ?? "no change"} was predicted, it said {(terms.Count == 0 ? "nothing" : string.Join(", ", terms))}.");
            if (change is { Mode: { } mode, Effect: not JobEffect.Ends } && outcome.Mode is { } real && real != StopModes.Reconciled(mode)) found.Add($"The way: {StopModes.Reconciled(mode)} was predicted, the operator used {real}.");
        }
        found.AddRange((outcome.Vertices ?? []).Where(v => v.Predicted is { } predicted && predicted != v.Real).Select(v => $"{ScaleRules.Short(v.Name)}: {v.Predicted} subtasks were predicted, {v.Real} run."));
        if (plan.State is { Path: { } path, Source: StateSource.Known or StateSource.Chosen } && outcome.RestoredFrom is { } restored && !RestoredState.Same(path, restored))
            found.Add($"The state: {path} was predicted, {restored} was restored.");
        return found;
    }

    private static string Words(JobEffect effect) => effect switch
    {
        JobEffect.KeepsRunning => "no restart",
        JobEffect.Restarts => "a restart",
        JobEffect.Stops => "a stop",
        JobEffect.Starts => "a start",
        JobEffect.StaysStopped => "no start",
        JobEffect.IsReplaced => "a replacement",
        _ => "its end",
    };
}
